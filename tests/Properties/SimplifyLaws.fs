module Canon.Properties.SimplifyLaws

open System
open Canon.Algebra
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private simplified (sample: Sample) network =
    Simplify.network
        { Simplify.options with
            Input = sample.Options.Input
            Wires = sample.Options.Wires }
        (Numbers())
        network
    |> Law.ok

/// What is planted behind a layer: a row and bias, and whether the next layer reads it.
type private Planted =
    | Dead
    | Constant
    | Duplicate of factor: float
    | Unobserved

let private stored name rows columns taps numbers =
    Parameter.weight
        name
        rows
        columns
        (Groups 1)
        taps
        false
        1.0
        (Values.ofFloat64 (ReadOnlyMemory(Array.ofList numbers)))

let private vector name numbers =
    Parameter.vector name 1.0 (Values.ofFloat64 (ReadOnlyMemory(Array.ofList numbers)))

/// Two layers, the first with more units, the second with columns that read them.
let private plant (random: Random) kinds (first: Affine) (second: Affine) : Affine * Affine =
    let numbers = Numbers()
    let draw () = random.NextDouble() * 2.0 - 1.0

    let chunks (p: Parameter) size (dense: float[]) =
        dense |> List.ofArray |> List.chunkBySize size

    let rows =
        numbers.Dense first
        |> Law.ok
        |> chunks first.Weight (first.Weight.Columns.Value * first.Weight.Taps)

    let biases =
        numbers.DenseBias first
        |> Law.ok
        |> Option.defaultValue (Array.zeroCreate rows.Length)
        |> List.ofArray

    let more =
        [ for kind in kinds do
              let nothing = rows.Head |> List.map (fun _ -> 0.0)

              match kind with
              | Dead -> nothing, 0.0
              | Constant -> nothing, draw ()
              | Duplicate factor ->
                  let of' = random.Next rows.Length
                  rows[of'] |> List.map ((*) factor), factor * biases[of']
              | Unobserved -> nothing |> List.map (fun _ -> draw ()), draw () ]

    let taps = second.Weight.Taps

    let columns =
        [ for row in
              numbers.Dense second
              |> Law.ok
              |> chunks second.Weight (second.Weight.Columns.Value * taps) do
              yield! row

              for kind in kinds do
                  for _ in 1..taps do
                      if kind = Unobserved then 0.0 else draw () ]

    let count = rows.Length + more.Length
    let name (p: Parameter) = p.Name + "+"

    Affine.ofParameters
        (stored
            (name first.Weight)
            count
            first.Weight.Columns.Value
            first.Weight.Taps
            (List.concat (rows @ List.map fst more)))
        (Some(vector (first.Weight.Name + "+bias") (biases @ List.map snd more))),
    { second with
        Left = Gain.one
        Right = Gain.one
        Bias = second.Bias
        Weight = stored (name second.Weight) second.Weight.Rows.Value count taps columns }

let private isMixing (a: Affine) =
    a.Weight.Grouping = Groups 1 && not a.Weight.IsTied

let private isAlone activation =
    match activation with
    | Softmax
    | PRelu _ -> false
    | _ -> true

let private drawKinds (random: Random) homogeneous =
    [ for _ in 1 .. random.Next(1, 4) do
          match random.Next 4 with
          | 0 when homogeneous -> Dead
          | 1 -> Constant
          | 2 -> Duplicate(if homogeneous then random.NextDouble() * 3.0 + 0.1 else 1.0)
          | _ -> Unobserved ]

/// Units are planted wherever two layers stand with an activation between them.
let private planted seed network =
    let random = Random(seed: int)

    let rec along parts =
        match parts with
        | Linear(first, kernel, label) :: (Activation(activation, _) as between) :: Linear(second, next, other) :: rest when
            isMixing first && isMixing second && isAlone activation
            ->
            let homogeneous = (Activation.homogeneity activation).IsDegree
            let first, second = plant random (drawKinds random homogeneous) first second

            Linear(first, kernel, label)
            :: between
            :: along (Linear(second, next, other) :: rest)
        | part :: rest -> part :: along rest
        | [] -> []

    network
    |> Traversal.map (function
        | Compose parts -> Compose(along parts)
        | other -> other)

let private samples =
    Gen.zip Networks.any.Generator (Gen.choose (0, 1_000_000))
    |> Gen.map (fun (sample: Sample, seed) -> Sample(sample.Options, planted seed sample.Network))
    |> Arb.fromGen

[<Fact>]
let ``It keeps the function`` () =
    Law.forAll Networks.any (fun sample ->
        Function.isKept 1e-12 sample.Options sample.Network (simplified sample sample.Network).Network)

[<Fact>]
let ``It keeps the function of networks with planted units`` () =
    Law.forAll samples (fun sample ->
        let result = (simplified sample sample.Network).Network

        try
            Function.isKept 1e-12 sample.Options sample.Network result
        with e ->
            Law.fail $"{Print.network sample.Network}\ngives {Print.network result}:\n{e.Message}")

[<Fact>]
let ``It keeps the function of canonical forms`` () =
    Law.forAll samples (fun sample ->
        let canonical = (Canonical.derive sample.Options sample.Network |> Law.ok).Result
        Function.isKept 1e-12 sample.Options sample.Network (simplified sample canonical).Network)

[<Fact>]
let ``What it makes is evaluated as the naive semantics has it`` () =
    Law.forAll samples (fun sample -> Function.isNaive 1e-12 sample.Options (simplified sample sample.Network).Network)

[<Fact>]
let ``It is idempotent`` () =
    Law.forAll samples (fun sample ->
        let once = simplified sample sample.Network
        let twice = simplified sample once.Network

        if not twice.Layers.IsEmpty || twice.Network <> once.Network then
            Law.fail $"{Print.network once.Network}\nthen {Print.network twice.Network}")

[<Fact>]
let ``What it makes reads back from its text and definitions`` () =
    Law.forAll samples (fun sample -> NotationLaws.readsBack (simplified sample sample.Network).Network)

[<Fact>]
let ``It leaves no more numbers than there were`` () =
    Law.forAll samples (fun sample ->
        let result = simplified sample sample.Network
        Law.isTrue "parameters were added" (result.ParametersAfter <= result.ParametersBefore))

/// A plain chain, and what was planted in it.
let private chain seed =
    let random = Random(seed: int)
    let draw () = random.NextDouble() * 2.0 - 1.0
    let layers = random.Next(2, 5)
    let widths = [ for _ in 0..layers -> random.Next(2, 6) ]

    let affine i rows columns =
        Affine.ofParameters
            (stored $"W{i}" rows columns 1 [ for _ in 1 .. rows * columns -> draw () ])
            (Some(vector $"b{i}" [ for _ in 1..rows -> draw () ]))

    let affines =
        List.pairwise widths
        |> List.mapi (fun i (columns, rows) -> affine i rows columns)

    let homogeneous = [ for _ in 1 .. layers - 1 -> random.Next 2 = 0 ]
    let kinds = homogeneous |> List.map (drawKinds random)

    let rec grow affines kinds =
        match affines, kinds with
        | first :: second :: rest, here :: others ->
            let first, second = plant random here first second
            first :: grow (second :: rest) others
        | last, _ -> last

    let network =
        grow affines kinds
        |> List.mapi (fun i a ->
            [ Linear(a, Kernel.dense, Label "")
              if i < layers - 1 then
                  Activation((if homogeneous[i] then LeakyRelu 0.1 else Tanh), Label "") ])
        |> List.concat
        |> Network.compose

    network, kinds, affines

[<Fact>]
let ``It finds all that was planted in a plain chain`` () =
    Law.forAll (Gen.choose (0, 1_000_000) |> Arb.fromGen) (fun seed ->
        let network, kinds, affines = chain seed
        let result = Simplify.network Simplify.options (Numbers()) network |> Law.ok

        let sizes network =
            network
            |> Traversal.collect (function
                | Linear(a, _, _) -> [ a.Weight.Rows, a.Weight.Columns ]
                | _ -> [])

        let expected = affines |> List.map (fun a -> a.Weight.Rows, a.Weight.Columns)

        if sizes result.Network <> expected then
            Law.fail $"{kinds}: {Print.withShapes network}\ngives {Print.document result.Network}, not %A{expected}"

        let count kind =
            kinds |> List.concat |> List.filter kind |> List.length

        let total of' = result.Layers |> List.sumBy of'
        Law.isTrue "dead" (total _.Dead >= count _.IsDead)
        Law.isTrue "duplicate" (total _.Duplicate = count _.IsDuplicate)
        Law.isTrue "kept" result.Kept.IsEmpty

        let removed =
            result.Layers
            |> List.sumBy (fun l -> l.Dead + l.Constant + l.Unobserved + l.Duplicate)

        Law.isTrue "all" (removed = (kinds |> List.sumBy List.length))

        let stored =
            affines
            |> List.sumBy (fun a -> int64 (a.Weight.Rows.Value * (a.Weight.Columns.Value + 1)))

        Law.isTrue "parameters" (result.ParametersAfter = stored))
