namespace Canon.Algebra.Training

open System
open System.Collections.Generic
open System.Numerics.Tensors
open Canon.Algebra

/// The mean and the variance of a batch in front of a batch norm.
[<NoEquality; NoComparison>]
type BatchStatistics =
    {
        /// The name of the mean that the batch norm keeps.
        MeanName: string
        /// The name of the variance that the batch norm keeps.
        VarianceName: string
        /// One number a channel.
        Mean: float[]
        /// One number a channel, of n − 1 degrees of freedom: what is averaged for later.
        Variance: float[]
    }

/// A value that flows, and the derivatives of the loss by it as far as its readers have said.
[<Sealed; AllowNullLiteral(false)>]
type internal Node(signal: Signal) =
    let mutable adjoint: float[] | null = null

    member _.Signal = signal

    /// None where nobody reads it.
    member _.Adjoint = Option.ofObj adjoint

    /// Forgets what its readers have said.
    member _.Clear() = adjoint <- null

    /// Takes an array over that nobody else holds.
    member _.Add(increment: float[]) =
        match adjoint with
        | null -> adjoint <- increment
        | known -> TensorPrimitives.Add(ReadOnlySpan known, ReadOnlySpan increment, Span known)

/// One evaluation while it runs: what was done last is undone first. `reachesWeights`: the derivatives by weights and biases are
/// wanted, and not those by the input alone. `precision`: that of products, on the way back too.
[<Sealed>]
type internal Tape(numbers: Numbers, adjoints: Adjoints, precision: Precision, reachesWeights: bool) =
    let steps = Stack<unit -> unit>()
    let nodes = List<Node>()
    let statistics = List<BatchStatistics>()

    member _.Numbers = numbers
    member _.Adjoints = adjoints
    member _.Precision = precision
    member _.ReachesWeights = reachesWeights

    /// What batch norms saw, in order.
    member _.Statistics = statistics

    /// Notes how the derivatives by an output become those by what it was made of.
    member _.Record (output: Signal) (back: float[] -> unit) =
        let node = Node output
        nodes.Add node
        steps.Push(fun () -> Option.iter back node.Adjoint)
        node

    /// Hands the derivatives by the outputs back to all that they were made of.
    member _.Undo() =
        while steps.Count > 0 do
            steps.Pop () ()

    /// The same without forgetting how, once outputs have been handed theirs by `start`: it can be done again.
    member _.UndoFrom(start: unit -> unit) =
        for node in nodes do
            node.Clear()

        start ()

        for step in steps do
            step ()

/// What the steps of a tape share.
[<RequireQualifiedAccess>]
module internal Step =

    let work = Work.full

    /// Σ over samples and positions, a channel.
    let perChannel channels (data: float[]) =
        let sums = Array.zeroCreate<float> channels

        for n in 0 .. data.Length / channels - 1 do
            TensorPrimitives.Add(ReadOnlySpan sums, ReadOnlySpan(data, n * channels, channels), Span sums)

        sums

    let times (a: float[]) (b: float[]) =
        let product = Array.zeroCreate<float> a.Length
        TensorPrimitives.Multiply(ReadOnlySpan a, ReadOnlySpan b, Span product)
        product

    let mapChannels channels (f: int -> float -> float) (data: float[]) =
        let output = Array.zeroCreate<float> data.Length
        Entries.map work channels f data output
        output

    /// The maps of an axis from its outputs to its inputs.
    let turnedMap size (map: AxisMap) : AxisMap =
        let reached = Array.init size (fun _ -> List<struct (int * float)>())

        map
        |> Array.iteri (fun o seen ->
            for struct (i, weight) in seen do
                reached[i].Add(struct (o, weight)))

        reached |> Array.map _.ToArray()

    /// The entries of a gain, one a channel of a signal.
    let factors (tape: Tape) at (g: Gain) (signal: Signal) =
        let entries = tape.Numbers.Entries(at, Some signal.Channels, g)
        Meeting.channels at entries.Length signal
        Array.map Magnitude.toFloat entries
