namespace Canon.Algebra

/// What is known, without reading a weight, of whether every entry of a gain is positive.
[<RequireQualifiedAccess>]
type internal Positivity =
    | Holds
    /// It is made of symbols, and taken for granted.
    | Assumed
    | NotKnown of reason: string

module internal Positivity =

    /// The weakest: what is not known, before what is assumed.
    let private all positivities =
        positivities
        |> List.fold
            (fun weakest next ->
                match weakest, next with
                | Positivity.NotKnown _, _
                | Positivity.Assumed, (Positivity.Holds | Positivity.Assumed) -> weakest
                | _ -> next)
            Positivity.Holds

    let rec ofGain (g: Gain) =
        g.Factors |> List.map (fun (struct (atom, _)) -> ofAtom atom) |> all

    and ofAtom (atom: GainAtom) =
        match atom.Expression with
        | Symbol _ -> Positivity.Assumed
        | Constants values when values |> Array.exists _.IsZero -> Positivity.NotKnown "an entry is 0"
        | Constants _ -> Positivity.Holds
        | Norms(a, _) when a.Weight.IsSymbolic -> Positivity.Assumed
        | Norms(a, _) -> Positivity.NotKnown $"a row of {a.Weight.Name} may be 0"
        | Leader gains ->
            let found = List.map ofGain gains
            if List.contains Positivity.Holds found then Positivity.Holds else all found
        | Joined parts -> parts |> List.map (fst >> ofGain) |> all
        | RootMeanSquare inner
        | Viewed(inner, _) -> ofGain inner
