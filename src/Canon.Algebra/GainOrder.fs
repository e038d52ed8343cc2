namespace Canon.Algebra

open System.Collections.Generic

/// Walks over what gains are made of. Gains nest as deep as the network is long and share their parts: the walk keeps a stack of
/// its own, and what is known already is not entered again.
[<RequireQualifiedAccess>]
module internal GainOrder =

    let private atomOf (struct (atom: GainAtom, _: int)) = atom

    /// Visits every atom of g that is not known, after all that it refers to. Visiting an atom must make it known.
    let innermostFirst (known: GainAtom -> bool) (visit: GainAtom -> unit) (g: Gain) =
        let isKnown =
            match g.TryAtom with
            | ValueSome(struct (atom, _)) -> known atom
            | ValueNone -> g.IsOne

        if not isKnown then
            let pending = Stack<GainAtom>(List.map atomOf g.Factors)

            while pending.Count > 0 do
                let atom = pending.Peek()

                if known atom then
                    pending.Pop() |> ignore
                else
                    let missing =
                        Gain.inside atom
                        |> List.collect _.Factors
                        |> List.map atomOf
                        |> List.filter (known >> not)

                    if missing.IsEmpty then
                        visit atom
                        pending.Pop() |> ignore
                    else
                        List.iter pending.Push missing
