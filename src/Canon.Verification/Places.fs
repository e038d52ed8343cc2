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

    /// What arrives behind a term.
    let private behind (options: CanonicalOptions) term =
        match term with
        | As wire ->
            Some
                { options with
                    Wires = Map.add wire options.Input options.Wires }
        | _ ->
            match Shape.infer options.Wires options.Input term with
            | Ok shape -> Some { options with Input = shape }
            | Error _ -> None

    /// Every place, a term before what is inside it.
    let all (options: CanonicalOptions) network =
        let rec within path (arriving: Lazy<CanonicalOptions option>) rebuilt network : Here seq =
            seq {
                let parts = Network.parts network

                let arrivals =
                    lazy
                        (parts
                         |> List.scan (fun options part -> Option.bind (fun o -> behind o part) options) arriving.Value
                         |> List.toArray)

                let mutable passed = []
                let mutable terms = parts
                let mutable index = 0

                while not terms.IsEmpty do
                    let before, at = passed, index
                    let head, rest = terms.Head, terms.Tail

                    let here terms =
                        rebuilt (Network.compose (List.rev before @ terms))

                    let arriving = lazy arrivals.Value[at]

                    { Place =
                        { Path = List.rev (at :: path)
                          Label = Network.label head }
                      Terms = terms
                      Rebuilt = here
                      Arriving = arriving }

                    let children = Traversal.children head

                    for k, child in List.indexed children do
                        let around inner =
                            here (Traversal.withChildren (List.updateAt k inner children) head :: rest)

                        yield! within (k :: at :: path) arriving around child

                    passed <- head :: passed
                    terms <- rest
                    index <- index + 1
            }

        within [] (lazy (Some options)) id network
