namespace Canon.Algebra.Training

open System
open System.Collections.Generic
open System.Numerics.Tensors
open Canon.Algebra

/// Where branches meet.
[<RequireQualifiedAccess>]
module internal BranchSteps =

    /// The maps from a space to one in which some of its axes of one position are longer.
    let private spreading at (own: int list) (space: int list) =
        if own.Length <> space.Length then
            Fail.because (ShapeMismatch(at, $"spaces of {own.Length} and {space.Length} axes meet"))

        List.map2
            (fun own size ->
                if own <> size && own <> 1 then
                    Fail.because (ShapeMismatch(at, $"{own} and {size} positions meet"))

                Array.init size (fun o -> [| struct ((if own = 1 then 0 else o), 1.0) |])
                : AxisMap)
            own
            space

    let private spread (tape: Tape) at space (input: Node) =
        let x = input.Signal

        if x.Space = space then
            input
        else
            let maps = spreading at x.Space space

            let y =
                { x with
                    Space = space
                    Data = SpatialKernels.mapAxes Step.work x.Samples x.Space x.Channels maps x.Data }

            tape.Record y (fun dy ->
                SpatialKernels.mapAxes Step.work x.Samples space x.Channels (List.map2 Step.turnedMap x.Space maps) dy
                |> input.Add)

    /// Branches of as many channels in one space.
    let private together (tape: Tape) at (branches: Node list) =
        let first = branches.Head.Signal

        for branch in branches do
            Step.meets at first.Channels branch.Signal

        let largest (a: int list) (b: int list) =
            if a.Length = b.Length then List.map2 max a b else a

        let space = branches |> List.map _.Signal.Space |> List.reduce largest
        branches |> List.map (spread tape at space)

    let sum (tape: Tape) (branches: Node list) =
        let branches = together tape "sum" branches

        let data =
            branches |> List.map _.Signal.Data |> List.reduce (Entries.map2 Step.work (+))

        tape.Record
            { branches.Head.Signal with
                Data = data }
            (fun dy ->
                for branch in branches do
                    branch.Add(Array.copy dy))

    let product (tape: Tape) (branches: Node list) =
        let branches = together tape "product" branches |> Array.ofList
        let data = branches |> Array.map _.Signal.Data

        let multiply (all: float[] seq) =
            all |> Seq.reduce (Entries.map2 Step.work (*))

        tape.Record
            { branches[0].Signal with
                Data = multiply data }
            (fun dy ->
                branches
                |> Array.iteri (fun k branch ->
                    let others = data |> Array.indexed |> Array.filter (fun (i, _) -> i <> k)
                    branch.Add(multiply (Seq.append [ Array.copy dy ] (others |> Seq.map snd)))))

    let concat (tape: Tape) (branches: Node list) =
        let first = branches.Head.Signal
        let channels = branches |> List.sumBy _.Signal.Channels
        let count = first.Samples * first.Positions
        let data = Array.zeroCreate<float> (count * channels)

        for branch in branches do
            if branch.Signal.Space <> first.Space then
                Fail.because (
                    ShapeMismatch("concat", $"{first.Positions} and {branch.Signal.Positions} positions meet")
                )

        let offsets =
            branches |> List.scan (fun offset branch -> offset + branch.Signal.Channels) 0

        for branch, offset in List.zip branches (List.take branches.Length offsets) do
            let width = branch.Signal.Channels

            for n in 0 .. count - 1 do
                Array.blit branch.Signal.Data (n * width) data (n * channels + offset) width

        tape.Record
            { first with
                Channels = channels
                Data = data }
            (fun dy ->
                for branch, offset in List.zip branches (List.take branches.Length offsets) do
                    let width = branch.Signal.Channels
                    let dx = Array.zeroCreate<float> (count * width)

                    for n in 0 .. count - 1 do
                        Array.blit dy (n * channels + offset) dx (n * width) width

                    branch.Add dx)
