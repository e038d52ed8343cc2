namespace Canon.Algebra.Equality

open System
open Canon.Algebra

/// The numbers of a term, row by row: of each row the entries of the columns that it reads, in a weight that is read when they are
/// needed, and one number of its own.
[<NoEquality; NoComparison>]
type internal Rows =
    { Entries: StoredMatrix option
      Own: float[] }

/// What two canonical forms of one architecture say of the same units: a layer, or one number for each channel.
[<NoEquality; NoComparison>]
type internal Fact =
    {
        /// What the term is called in each.
        First: string
        Second: string
        /// The names of the weights, where it is a layer.
        Weights: struct (string * string) option
        /// The unit of each row, and how many rows of that unit stand in front of it.
        Units: struct (int * int)[]
        /// The same of each column; none where there is one number a channel.
        Columns: struct (int * int)[]
        Taps: int
        /// How many rows read the same columns.
        BlockRows: int
        /// Columns that a row reads.
        BlockColumns: int
        ReadFirst: unit -> Rows
        ReadSecond: unit -> Rows
    }

/// Reading canonical forms of one architecture side by side.
[<RequireQualifiedAccess>]
module internal Facts =

    /// Where a difference is that of the number up to 1, and beyond it that of its logarithm.
    let private settled x =
        if abs x <= 1.0 then x else Math.CopySign(1.0 + Math.Log(abs x), x)

    /// The natural logarithm: a difference is a ratio. No gain is as small as that of a dead unit.
    let private logarithm (x: Magnitude) =
        if x.IsZero then -1e9 else Magnitude.log2 x * Math.Log 2.0

    let private rows numbers (a: Affine) () =
        let own =
            match (numbers: Numbers).Bias a with
            | Some bias -> Array.map settled bias
            | None -> Array.zeroCreate a.Weight.Rows.Value

        { Entries = Some(numbers.Weight a)
          Own = own }

    let private each (own: unit -> float[]) () = { Entries = None; Own = own () }

    let private gain (numbers: Numbers) count g =
        each (fun () -> numbers.Entries("scale", Some count, g) |> Array.map logarithm)

    let private nameOf term (a: Affine) =
        match Network.label term with
        | "" -> a.Weight.Name
        | label -> label

    let walk network =
        ChannelFlow.walk
            { Lossless = false
              Thresholds = true
              Role = fun _ -> LayerRole.Stays "" }
            network

    let private normalizations network =
        network
        |> Traversal.collect (fun term ->
            match term with
            | Normalize(_, epsilon, tolerance, _) -> [ struct (Network.label term, epsilon, tolerance) ]
            | _ -> [])

    /// What stands at a crossing: its name, its weight where it is a layer, and how it is read.
    let private read (numbers: Numbers) (crossing: Crossing) =
        let count = crossing.Behind.Length

        match crossing.Term with
        | Linear(a, _, _) -> nameOf crossing.Term a, Some a.Weight, rows numbers a
        | UnitRowLinear(unitRows, _, _) ->
            let a = unitRows.Coefficients
            nameOf crossing.Term a, Some a.Weight, rows numbers a
        | Scale g -> "gain", None, gain numbers count g
        | Clip(lower, upper, thresholds, label) ->
            let unit = Math.Log(Skeleton.unit lower upper)

            let own () =
                numbers.Entries(label.Text, Some count, thresholds)
                |> Array.map (fun t -> logarithm t + unit)

            label.Text, None, each own
        | Activation(PRelu slope, label) ->
            let slopes () =
                let slopes = numbers.Vector slope
                Array.init count (fun i -> settled slopes[if slopes.Length = 1 then 0 else i])

            label.Text, None, each slopes
        | other -> Network.label other, None, each (fun () -> Array.zeroCreate count)

    /// Whether a term has numbers of its own.
    let private hasNumbers term =
        match term with
        | Clip(_, _, thresholds, _) -> not thresholds.IsOne
        | _ -> ChannelFlow.isNumbered term

    let private terms network =
        network
        |> Traversal.collect (fun term -> if hasNumbers term then [ term ] else [])

    /// All numbers of a canonical form by the terms that they stand in.
    let private crossings network =
        let flown = walk network
        let met = flown.Crossings |> List.filter (fun crossing -> hasNumbers crossing.Term)

        if met.Length <> (terms network).Length then
            Fail.because (UnknownWidth "a layer behind an input whose channels are not known")

        flown

    /// The facts of two canonical forms that have one skeleton, in order.
    let ofForms firstNumbers first secondNumbers second =
        let a = crossings first
        let b = if obj.ReferenceEquals(first, second) then a else crossings second

        let layers =
            List.map2
                (fun (p: Crossing) (q: Crossing) ->
                    let firstName, weight, readFirst = read firstNumbers p
                    let secondName, other, readSecond = read secondNumbers q

                    let groups columns =
                        match weight with
                        | Some weight ->
                            let struct (blockRows, blockColumns) =
                                Parameter.block weight p.Behind.Length columns

                            blockRows, blockColumns
                        | None -> 1, 0

                    let columns = if weight.IsSome then ChannelFlow.counted p.Before else [||]
                    let blockRows, blockColumns = groups columns.Length

                    { First = firstName
                      Second = secondName
                      Weights = Option.map2 (fun (a: Parameter) (b: Parameter) -> struct (a.Name, b.Name)) weight other
                      Units = ChannelFlow.counted p.Behind
                      Columns = columns
                      Taps = weight |> Option.map _.Taps |> Option.defaultValue 1
                      BlockRows = blockRows
                      BlockColumns = blockColumns
                      ReadFirst = readFirst
                      ReadSecond = readSecond })
                a.Crossings
                b.Crossings

        let tolerances =
            List.map2
                (fun
                    (struct (firstName, firstEpsilon, firstTolerance))
                    (struct (secondName, secondEpsilon, secondTolerance)) ->
                    let read (numbers: Numbers) (epsilon: float) (tolerance: Gain) =
                        each (fun () ->
                            let t =
                                if tolerance.IsOne then
                                    Magnitude.One
                                else
                                    numbers.Entries("normalize", None, tolerance)[0]

                            [| logarithm (Magnitude.ofFloat epsilon * t * t) |])

                    { First = firstName
                      Second = secondName
                      Weights = None
                      Units = [||]
                      Columns = [||]
                      Taps = 1
                      BlockRows = 1
                      BlockColumns = 0
                      ReadFirst = read firstNumbers firstEpsilon firstTolerance
                      ReadSecond = read secondNumbers secondEpsilon secondTolerance })
                (normalizations first)
                (normalizations second)

        struct (layers @ tolerances, a.Pinned)
