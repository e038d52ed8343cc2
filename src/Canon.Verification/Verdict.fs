namespace Canon.Verification

open System
open System.Globalization
open Canon.Algebra

[<StructuralEquality; NoComparison>]
type Evidence =
    { Rule: string
      Law: string
      Tries: int
      Networks: int
      Fired: int
      Skipped: int
      Refusals: (string * int) list
      WorstError: float
      Coverage: (string * int) list
      Seed: int }

[<StructuralEquality; NoComparison>]
type Fault =
    | OutputsDiffer of input: float[] * wires: Map<string, float[]> * expected: float[] * actual: float[]
    | BitsDiffer of input: float[] * wires: Map<string, float[]> * expected: float[] * actual: float[]
    | ShapesDiffer of expected: (int list * int) list * actual: (int list * int) list
    | IllShaped of error: NetworkError
    | Threw of message: string
    | ConsumedOutOfRange of consumed: int * available: int
    | Unsteady

    member x.Message =
        match x with
        | OutputsDiffer _ -> "the outputs differ"
        | BitsDiffer _ -> "the outputs differ in their last bits, and the rule is declared bit-exact"
        | ShapesDiffer _ -> "the outputs have other shapes"
        | IllShaped error -> $"the rewritten network is not well formed: {error.Message}"
        | Threw message -> $"the rule threw: {message}"
        | ConsumedOutOfRange(consumed, available) -> $"it replaces {consumed} terms where {available} stand"
        | Unsteady -> "asked again for the same terms it answers differently"

[<StructuralEquality; NoComparison>]
type Counterexample =
    { Network: Network
      Options: CanonicalOptions
      Place: Place
      Before: Network list
      After: Network list
      Fault: Fault
      Seed: int }

[<StructuralEquality; NoComparison>]
type Verdict =
    | Verified of evidence: Evidence
    | Refuted of counterexample: Counterexample * evidence: Evidence
    | NeverFired of evidence: Evidence

    member x.Evidence =
        match x with
        | Verified evidence
        | Refuted(_, evidence)
        | NeverFired evidence -> evidence

[<RequireQualifiedAccess>]
module Verdict =

    let private shapes (outputs: (int list * int) list) =
        outputs
        |> List.map (fun (space, channels) -> space @ [ channels ] |> List.map string |> String.concat "x")
        |> String.concat ", "

    let private everyDigit (numbers: float[]) =
        numbers
        |> Seq.map (fun x -> x.ToString("R", CultureInfo.InvariantCulture))
        |> String.concat ", "
        |> sprintf "[%s]"

    let private outputs (c: Counterexample) =
        let differing input wires expected actual =
            let reads =
                Traversal.freeWires c.Network
                |> List.choose (fun wire -> Map.tryFind wire wires |> Option.map (fun x -> wire, x))

            let shown =
                if Picture.vector expected = Picture.vector actual then
                    everyDigit
                else
                    Picture.vector

            [ $"input      {Picture.positions c.Options.Input.Channels.Value input}"
              for wire, x in reads do
                  $"input {wire} {Picture.vector x}"
              $"before     {shown expected}"
              $"after      {shown actual}" ]

        match c.Fault with
        | OutputsDiffer(input, wires, expected, actual)
        | BitsDiffer(input, wires, expected, actual) -> differing input wires expected actual
        | ShapesDiffer(expected, actual) ->
            [ $"before     space x channels {shapes expected}"
              $"after      space x channels {shapes actual}" ]
        | IllShaped _
        | Threw _
        | ConsumedOutOfRange _
        | Unsteady -> []

    let private counterexample (c: Counterexample) =
        let notation = Notation true
        let network = notation.Write c.Network
        let before = Network.compose c.Before
        let after = Network.compose c.After

        let step =
            match c.Fault with
            | Threw _
            | Unsteady -> [ $"asked      at {c.Place}: {notation.Write before}" ]
            | OutputsDiffer _
            | BitsDiffer _
            | ShapesDiffer _
            | IllShaped _
            | ConsumedOutOfRange _ ->
                [ $"step       at {c.Place}: {notation.Write before}"
                  $"           becomes {notation.Write after}" ]

        [ $"network    {network}"; $"           {Picture.inputs c.Options}" ]
        @ step
        @ Picture.meanings notation [ c.Network; after ]
        @ outputs c
        @ [ $"replay     seed {c.Seed}" ]

    let private counts (counted: (string * int) list) =
        counted |> List.map (fun (what, n) -> $"{what} {n}") |> String.concat ", "

    /// Reasons that name numbers are as many as there are networks.
    let private fewReasons = 5

    let private times n = if n = 1 then "once" else $"{n} times"

    let private evidence (e: Evidence) =
        let worst = e.WorstError.ToString("G2", CultureInfo.InvariantCulture)

        [ $"tried      {e.Networks} of {e.Tries} networks from seed {e.Seed}; fired {times e.Fired}; largest error {worst}"
          if e.Skipped > 0 then
              $"skipped    {times e.Skipped}: an assumption is not met, or numbers leave the range of float64"
          if not e.Coverage.IsEmpty then
              $"fired on   {counts e.Coverage}"
          for reason, n in List.truncate fewReasons e.Refusals do
              $"refused    {times n}: {reason}"
          if e.Refusals.Length > fewReasons then
              $"           and for {e.Refusals.Length - fewReasons} other reasons" ]

    let describe (verdict: Verdict) =
        let e = verdict.Evidence

        let lines =
            match verdict with
            | Verified _ -> [ "verdict    verified" ]
            | NeverFired _ -> [ "verdict    not verified: the rule never fired" ]
            | Refuted(c, _) -> $"verdict    refuted: {c.Fault.Message}" :: counterexample c

        String.Join("\n", [ $"rule       {e.Rule}"; $"law        {e.Law}" ] @ lines @ evidence e)
