namespace Canon.Verification

open Canon.Algebra

/// A place in a network: the terms of a composition from there to its end.
type internal Here =
    {
        Place: Place
        Terms: Network list
        /// The network with other terms there.
        Rebuilt: Network list -> Network
        /// The shapes that arrive: of the value, and of the wires named so far. None where the network is not well shaped.
        Arriving: Lazy<CanonicalOptions option>
    }

[<RequireQualifiedAccess>]
module internal Places =

    /// Every place, a term before what is inside it.
    let all (options: CanonicalOptions) network =
        let rec within path (arriving: Lazy<CanonicalOptions option>) rebuilt network =
            seq {
                let mutable passed = []
                let mutable terms = Network.parts network
                let mutable arriving = arriving
                let mutable index = 0

                while not terms.IsEmpty do
                    let before, here = passed, arriving
                    let head, rest = terms.Head, terms.Tail
                    let place = index :: path

                    let with' parts =
                        rebuilt (Network.compose (List.rev before @ parts))

                    { Place =
                        { Path = List.rev place
                          Label = Network.label head }
                      Terms = terms
                      Rebuilt = with'
                      Arriving = here }

                    let children = Traversal.children head

                    for k, child in List.indexed children do
                        let around inner =
                            with' (Traversal.withChildren (List.updateAt k inner children) head :: rest)

                        yield! within (k :: place) here around child

                    arriving <-
                        lazy
                            (here.Value
                             |> Option.bind (fun options ->
                                 match head with
                                 | As wire ->
                                     Some
                                         { options with
                                             Wires = Map.add wire options.Input options.Wires }
                                 | _ ->
                                     match Shape.infer options.Wires options.Input head with
                                     | Ok shape -> Some { options with Input = shape }
                                     | Error _ -> None))

                    passed <- head :: passed
                    terms <- rest
                    index <- index + 1
            }

        within [] (lazy (Some options)) id network
