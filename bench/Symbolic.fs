namespace Canon.Bench

open BenchmarkDotNet.Attributes
open Canon.Algebra

/// Symbolic chains of growing length: the cost of a rule application must not grow with them.
[<MemoryDiagnoser; InProcess>]
type Symbolic() =
    let mutable network = Network.identity
    let mutable text = ""
    let mutable derivation = Chains.derive Network.identity

    [<Params("relu", "tanh", "residual")>]
    member val Kind = "" with get, set

    [<Params(1_000, 3_000, 10_000, 100_000)>]
    member val Layers = 0 with get, set

    [<GlobalSetup>]
    member x.Setup() =
        network <- Chains.make x.Kind x.Layers
        text <- Print.document network
        derivation <- Chains.derive network

    /// From the network to the finished derivation, sizes included.
    [<Benchmark(Baseline = true)>]
    member _.Canonicalize() = Chains.derive network

    [<Benchmark>]
    member _.Replay() =
        Derivation.replay derivation derivation.Original

    [<Benchmark>]
    member _.Print() = Print.document derivation.Result

    [<Benchmark>]
    member _.Parse() = Parse.network text
