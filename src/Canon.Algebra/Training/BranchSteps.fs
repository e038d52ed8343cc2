namespace Canon.Algebra.Training

open Canon.Algebra

/// Where branches meet.
[<RequireQualifiedAccess>]
module internal BranchSteps =

    let private spread (tape: Tape) at space (input: Node) =
        let x = input.Signal

        if x.Space = space then
            input
        else
            let maps = Meeting.spreading at x.Space space

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
            Meeting.channels at first.Channels branch.Signal

        let space = branches |> List.map _.Signal.Space |> List.reduce Meeting.larger
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
        let joined = Meeting.concat (branches |> List.map _.Signal)

        tape.Record joined (fun dy ->
            let mutable offset = 0

            for branch in branches do
                let width = branch.Signal.Channels
                let dx = Array.zeroCreate<float> branch.Signal.Data.Length

                for n in 0 .. dx.Length / width - 1 do
                    Array.blit dy (n * joined.Channels + offset) dx (n * width) width

                branch.Add dx
                offset <- offset + width)
