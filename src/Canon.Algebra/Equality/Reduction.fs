namespace Canon.Algebra.Equality

open System
open System.Collections
open System.Collections.Generic
open System.Threading
open Canon.Algebra
open Canon.Kernels

[<RequireQualifiedAccess>]
module Reduction =

    let private ofFloats (numbers: float[]) =
        Values.ofFloat64 (ReadOnlyMemory numbers)

    /// Names that no two parameters bear: how often each was asked for.
    [<Sealed>]
    type private Names() =
        let taken = Dictionary<string, int>()

        /// A name that none has borne yet.
        member x.Fresh(name: string) =
            match taken.TryGetValue name with
            | true, count ->
                taken[name] <- count + 1
                x.Fresh $"{name}'{count + 1}"
            | false, _ ->
                taken[name] <- 1
                name

    /// The stored parameter under another name; None for one that is made of others.
    let private tryRenamed name (p: Parameter) =
        match p.Source, p.Rows, p.Columns with
        | Source.Stored _, _, _ when p.Name = name && not p.IsTied -> Some p
        | Source.Stored(values, _, factor), Some rows, _ when
            p.Grouping = Diagonal && p.Taps = 1 && values.Length = int64 rows
            ->
            Some(Parameter.diagonal (Parameter.vector name factor values))
        | Source.Stored(values, transposed, factor), Some rows, Some columns when p.Grouping <> Diagonal ->
            Some(Parameter.weight name rows columns p.Grouping p.Taps transposed factor values)
        | _ -> None

    let private weight (numbers: Numbers) name (a: Affine) =
        let plain = a.Left.IsOne && a.Right.IsOne

        match (if plain then tryRenamed name a.Weight else None) with
        | Some stored -> stored
        | None ->
            let matrix = numbers.Weight a

            match a.Weight.Grouping with
            | Diagonal when a.Weight.Taps = 1 ->
                Parameter.diagonal (Parameter.vector name 1.0 (ofFloats (matrix.ReadRows None)))
            | grouping ->
                Parameter.weight
                    name
                    a.Weight.Rows.Value
                    a.Weight.Columns.Value
                    grouping
                    a.Weight.Taps
                    matrix.Entries.ByColumns
                    1.0
                    (ComputedValues matrix)

    let private vector numbers name (p: Parameter) =
        match tryRenamed name p with
        | Some stored -> stored
        | None -> Parameter.vector name 1.0 (ofFloats ((numbers: Numbers).Vector p))

    let private bias (numbers: Numbers) (names: Names) (a: Affine) =
        a.Bias
        |> Option.map (fun bias ->
            let name = names.Fresh bias.Vector.Name

            if bias.Gain.IsOne then
                vector numbers name bias.Vector
            else
                Parameter.vector name 1.0 (ofFloats (numbers.Bias a).Value))

    /// Every layer with parameters of its own.
    let private own numbers network =
        let names = Names()

        let layer (a: Affine) kernel label =
            let weight = weight numbers (names.Fresh a.Weight.Name) a
            Linear(Affine.ofParameters weight (bias numbers names a), kernel, label)

        /// A scale of numbers as a layer, which folds into its neighbours.
        let factors (g: Gain) =
            let entries =
                numbers.Entries("scale", Gain.length g, g) |> Array.map Magnitude.toFloat

            if Array.forall Double.IsFinite entries then
                let vector = Parameter.vector (names.Fresh "scale") 1.0 (ofFloats entries)
                Linear(Affine.ofParameters (Parameter.diagonal vector) None, Kernel.dense, Network.unlabelled)
            else
                Scale g

        let term network =
            match network with
            | Scale g when (Gain.length g).IsSome -> factors g
            | Linear(a, kernel, label) -> layer a kernel label
            | UnitRowLinear(rows, kernel, label) -> layer rows.Coefficients kernel label
            | Activation(PRelu slope, label) ->
                let slopes = numbers.Vector slope

                if Array.forall ((=) slopes[0]) slopes then
                    Network.activation (if slopes[0] = 0.0 then Relu else LeakyRelu slopes[0]) label.Text
                else
                    Activation(PRelu(vector numbers (names.Fresh slope.Name) slope), label)
            | _ -> network

        Traversal.map term network

    /// The branches of a concat with their widths.
    let private wide branches (widths: Widths) =
        if widths.Known.Length = List.length branches then
            List.zip branches widths.Known
        else
            branches |> List.map (fun branch -> branch, None)

    let private clamp lower upper x = min (max x lower) upper

    /// The bounds of a term that is a clip.
    let private bounds term =
        match term with
        | Activation(Relu, label) -> Some struct (0.0, infinity, Gain.one, label)
        | Clip(lower, upper, thresholds, label) -> Some struct (lower, upper, thresholds, label)
        | _ -> None

    /// Whether thresholds make no difference to the bounds.
    let private areFree lower upper =
        let isFree (bound: float) = bound = 0.0 || Double.IsInfinity bound
        isFree lower && isFree upper

    /// A clip behind a clip as one.
    let private tryClip first second =
        match bounds first, bounds second with
        | Some(struct (a, b, t, _)), Some(struct (c, d, u, label)) when t = u || areFree a b || areFree c d ->
            let thresholds = if areFree c d then t else u
            let lower, upper = clamp c d a, clamp c d b

            if areFree lower upper || thresholds.IsOne then
                Some(Network.clip lower upper label.Text)
            else
                Some(Clip(lower, upper, thresholds, label))
        | _ -> None

    /// Neighbours as one term, until none can be.
    let private joined numbers tolerance network =
        let rec join earlier parts =
            match earlier, parts with
            | Linear(first, firstKernel, _) :: before, Linear(second, secondKernel, label) :: rest ->
                match Fusion.tryFuse numbers tolerance (first, firstKernel) (second, secondKernel) with
                | Some(fused, kernel) -> join before (Linear(fused, kernel, label) :: rest)
                | None -> join (parts.Head :: earlier) rest
            | first :: before, second :: rest ->
                match tryClip first second with
                | Some clip -> join before (Network.parts clip @ rest)
                | None -> join (second :: earlier) rest
            | [], first :: rest -> join [ first ] rest
            | _, [] -> List.rev earlier

        /// Branches whose order does not matter, in the order of their architectures.
        let alike make branches =
            match branches with
            | [ branch ] -> branch
            | _ -> branches |> List.sortBy (Skeleton.lines >> List.ofArray) |> make

        let term network =
            match network with
            | Compose parts -> Network.compose (join [] parts)
            | Sum _
            | Product _ ->
                match Skeleton.tryUnordered network with
                | Some(branches, make) ->
                    branches
                    |> List.collect (fun branch ->
                        match Skeleton.tryUnordered branch with
                        | Some(inner, _) when branch.IsSum = network.IsSum -> inner
                        | _ -> [ branch ])
                    |> alike make
                | None -> network
            | Concat(branches, widths, label) ->
                let flat =
                    wide branches widths
                    |> List.collect (fun (branch, width) ->
                        match branch with
                        | Concat(inner, widths, _) -> wide inner widths
                        | _ -> [ branch, width ])

                match flat with
                | [ branch, _ ] -> branch
                | _ -> Concat(List.map fst flat, Widths(List.map snd flat), label)
            | _ -> network

        Traversal.map term network

    /// The network without the entries that are negligible in its canonical form, where every unit is of the size of the others: they
    /// make no difference that a number of the row's type could show, and a file that keeps the row may have lost them.
    let private withoutNegligible options numbers negligible network =
        Canonical.derive options network
        |> Result.bind (fun form ->
            Fail.guard (fun () ->
                let isNegligible (x: float) = x <> 0.0 && abs x <= negligible

                /// Which numbers of a weight are negligible, in the order in which it is stored; None where none is.
                let found (canonical: StoredMatrix) =
                    let inner = canonical.InnerCount
                    let flags = lazy (BitArray(canonical.OuterCount * inner))

                    canonical.SeeAll(
                        SeeRow(fun stored row ->
                            if RowArithmetic.SmallestMagnitude(Span.op_Implicit row) <= negligible then
                                Monitor.Enter flags

                                for k in 0 .. inner - 1 do
                                    if isNegligible row[k] then
                                        flags.Value[stored * inner + k] <- true

                                Monitor.Exit flags)
                    )

                    if flags.IsValueCreated then Some flags.Value else None

                let flushed = Dictionary<string, Parameter -> Parameter>()

                let meet (a: Affine) =
                    match found ((numbers: Numbers).Weight a) with
                    | Some zeros ->
                        let own =
                            ComputedValues(numbers.Weight(Affine.ofParameters a.Weight None), (zeros: BitArray))

                        let isTransposed = Parameter.isTransposed a.Weight
                        flushed[a.Weight.Name] <- Parameter.withValues isTransposed own
                    | None -> ()

                form.Result
                |> Traversal.fold
                    (fun () term ->
                        match term with
                        | UnitRowLinear(rows, _, _) -> meet rows.Coefficients
                        | _ -> ())
                    ()

                network
                |> Traversal.map (fun term ->
                    match term with
                    | Linear(a, kernel, label) when flushed.ContainsKey a.Weight.Name ->
                        Linear(
                            { a with
                                Weight = flushed[a.Weight.Name]a.Weight },
                            kernel,
                            label
                        )
                    | _ -> term)))

    /// How far duplicates may differ: by what rounding to the coarsest type of a weight explains.
    let private tolerance network =
        Simplify.options.Tolerance(ElementTypes.coarsest (Traversal.parameters network))

    /// A prepared network with all folded and fused.
    let private joint numbers tolerance prepared =
        let tidy network =
            Fail.guard (fun () -> own numbers network |> joined numbers tolerance)

        tidy prepared
        |> Result.bind (Derivation.run Int32.MaxValue Canonical.folding)
        |> Result.bind (fun folded -> tidy folded.Result)
        |> Result.bind (fun network -> Fail.guard (fun () -> own numbers network))

    let folded options network =
        Canonical.prepare options network
        |> Result.bind (fun prepared -> joint (Numbers()) (tolerance prepared) prepared)

    let network numbers (options: CanonicalOptions) network =
        let simplified tolerance network =
            Simplify.network
                { Simplify.options with
                    Input = options.Input
                    Wires = options.Wires
                    Tolerance = fun _ -> tolerance
                    Silences = true }
                numbers
                network
            |> Result.map _.Network

        Canonical.prepare options network
        |> Result.bind (fun prepared ->
            let tolerance = tolerance prepared

            joint numbers tolerance prepared
            |> Result.bind (withoutNegligible options numbers (tolerance / 4096.0))
            |> Result.bind (simplified tolerance)
            // Units that went may have been what put branches into their order.
            |> Result.bind (fun network -> Fail.guard (fun () -> own numbers network |> joined numbers tolerance)))
