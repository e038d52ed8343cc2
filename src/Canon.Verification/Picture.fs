namespace Canon.Verification

open System
open System.Collections.Generic
open System.Globalization
open Canon.Algebra

/// Small networks as text, with the values of their parameters.
[<RequireQualifiedAccess>]
module internal Picture =

    /// Matrices up to this size are shown.
    let private most = 36

    let private number (x: float) =
        x.ToString("G6", CultureInfo.InvariantCulture)

    let vector (xs: float seq) =
        xs |> Seq.map number |> String.concat ", " |> sprintf "[%s]"

    /// Positions of channels; of one position the channels alone.
    let positions channels (xs: float[]) =
        match Array.chunkBySize channels xs with
        | [| single |] -> vector single
        | several -> several |> Seq.map vector |> String.concat ", " |> sprintf "[%s]"

    let private values (p: Parameter) =
        match p.Rows, p.Columns with
        | _ when p.IsSymbolic -> "a symbol"
        | Some rows, Some columns when rows * columns * p.Taps > most ->
            let taps = if p.Taps = 1 then "" else $"x{p.Taps}"
            $"{rows}x{columns}{taps} numbers"
        | rows, columns ->
            match Numbers().Dense(Affine.ofParameters p None) with
            | Ok entries when columns = Some 1 && p.Taps = 1 -> vector entries
            | Ok entries ->
                entries
                |> Array.chunkBySize (entries.Length / rows.Value)
                |> Seq.map vector
                |> String.concat "; "
            | Error error -> error.Message

    /// The parameters that gains refer to. Gains share what they are made of: each atom is entered once.
    let private inGains (gains: Gain list) : Parameter list =
        let entered = HashSet<GainAtom>()

        let rec inGain (gain: Gain) =
            gain.Factors
            |> List.collect (fun (struct (atom, _)) -> if entered.Add atom then inAtom atom else [])

        and inAtom atom =
            let own =
                match atom.Expression with
                | Norms(a, _) ->
                    a.Weight :: (Option.toList a.Bias |> List.map _.Vector)
                    |> List.collect Parameter.leaves
                | Symbol _
                | Constants _
                | Leader _
                | RootMeanSquare _
                | Joined _
                | Viewed _ -> []

            own @ List.collect inGain (Gain.inside atom)

        List.collect inGain gains

    /// The gains in a term, but not in what is inside it.
    let gains term =
        match term with
        | Linear(a, _, _) -> a.Gains
        | UnitRowLinear(rows, _, _) -> rows.Coefficients.Gains
        | Scale g -> [ g ]
        | Clip(_, _, thresholds, _) -> [ thresholds ]
        | Normalize(_, _, tolerance, _) -> [ tolerance ]
        | Activation _
        | Spatial _
        | Rearrange _
        | Compose _
        | Sum _
        | Concat _
        | Product _
        | As _
        | Wire _
        | Tuple _
        | Opaque _ -> []

    let inputs (options: CanonicalOptions) =
        let shape (s: Shape) =
            let positions =
                match defaultArg s.Space [] with
                | [] -> ""
                | [ Some n ] -> $" at {n} positions"
                | sizes ->
                    let size n =
                        n |> Option.map string |> Option.defaultValue "?"

                    let sizes = sizes |> List.map size |> String.concat "x"
                    $" at {sizes} positions"

            match s.Channels with
            | Some 1 -> "1 channel" + positions
            | Some n -> $"{n} channels" + positions
            | None -> "channels unknown"

        $"input: {shape options.Input}"

    /// What the names written so far stand for, and the values of the networks' parameters.
    let meanings (notation: Notation) networks =
        let definitions =
            notation.Definitions
            |> Seq.map (fun (struct (name, meaning)) -> $"  {name} = {meaning}")
            |> List.ofSeq

        let parameters =
            networks
            |> List.collect (fun network -> Traversal.parameters network @ inGains (Traversal.collect gains network))
            |> List.distinct
            |> List.map (fun p -> $"  {p.Name} = {values p}")

        match definitions @ parameters with
        | [] -> []
        | lines -> "where" :: lines

    let document network =
        let notation = Notation true
        let first = notation.Write network
        first :: meanings notation [ network ]
