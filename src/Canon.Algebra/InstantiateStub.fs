namespace Canon.Algebra
type SizedNetworks = { Networks: Network list; Options: CanonicalOptions }
module Instantiate =
    let sizes (pick: int -> int) (networks: Network list) : Result<SizedNetworks, NetworkError> = failwith "stub"
    let values (seed: int) (sized: SizedNetworks) : Result<SizedNetworks, NetworkError> = failwith "stub"
