namespace Canon.Algebra

open System

/// One axis of a sight: which of `Size` positions each tap sees, for one output position after the other; −1 for none.
[<NoEquality; NoComparison>]
type internal SightAxis =
    { Size: int
      Output: int
      Taps: int
      Seen: int[] }

/// For every position of an output, the positions of an input that it is made of: as many for each, one a tap. One table an axis
/// says it all, so that large spaces need no large tables.
[<Sealed>]
type internal Sight(axes: SightAxis[]) =
    let product (axes: SightAxis[]) (f: SightAxis -> int) =
        axes |> Array.fold (fun n axis -> n * f axis) 1

    let outputs, taps = product axes _.Output, product axes _.Taps

    /// Without space there is one position, which sees itself.
    let last =
        Array.tryLast axes
        |> Option.defaultValue
            { Size = 1
              Output = 1
              Taps = 1
              Seen = [| 0 |] }

    let leading = Array.truncate (axes.Length - 1) axes
    let leadingOutputs, leadingTaps = product leading _.Output, product leading _.Taps

    /// What an output position of the leading axes sees along them; −1 for padding.
    let see (output: int) (places: int[]) =
        places[0] <- 0
        let mutable count = 1
        let mutable outputs = leadingOutputs

        for axis in leading do
            outputs <- outputs / axis.Output
            let first = output / outputs % axis.Output * axis.Taps

            // From the last on: what is written stands behind what is still to be read.
            for p in count - 1 .. -1 .. 0 do
                let place = places[p]

                for tap in 0 .. axis.Taps - 1 do
                    let i = axis.Seen[first + tap]
                    places[p * axis.Taps + tap] <- if place < 0 || i < 0 then -1 else place * axis.Size + i

            count <- count * axis.Taps

    /// Positions of the output.
    member _.Outputs = outputs

    /// Positions that each of them sees, those outside included.
    member _.Taps = taps

    /// Of samples of which each has all outputs the items first … first + count − 1: where what they see begins, tap by tap, if the numbers
    /// of a sample begin at sample · `step` + `shift` and those of a position `scale` after those of the one before; −1 for padding.
    member _.Locate(first: int, count: int, step: int, shift: int, scale: int, places: Span<int>) =
        let rows, seen = Array.zeroCreate<int> leadingTaps, last.Seen
        let mutable row = first / last.Output
        let mutable output = first % last.Output
        let mutable at = 0

        for item in 0 .. count - 1 do
            if item = 0 || output = 0 then
                see (row % leadingOutputs) rows
                let sample = row / leadingOutputs * step + shift

                for p in 0 .. leadingTaps - 1 do
                    rows[p] <- if rows[p] < 0 then -1 else sample + rows[p] * last.Size * scale

            for p in 0 .. leadingTaps - 1 do
                let begins = rows[p]

                for tap in output * last.Taps .. (output + 1) * last.Taps - 1 do
                    let i = seen[tap]
                    places[at] <- if (begins ||| i) < 0 then -1 else begins + i * scale
                    at <- at + 1

            output <- output + 1

            if output = last.Output then
                output <- 0
                row <- row + 1

[<RequireQualifiedAccess>]
module internal Sight =

    let private axis size output taps seen =
        { Size = size
          Output = output
          Taps = taps
          Seen = Array.init (output * taps) (fun k -> seen (k / taps) (k % taps)) }

    let private within size i = if i >= 0 && i < size then i else -1

    /// Each position sees itself.
    let point positions =
        Sight [| axis positions positions 1 (fun o _ -> o) |]

    /// The positions below windows.
    let ofWindow (axes: SlidingAxis list) =
        axes
        |> List.map (fun a ->
            axis a.Size a.Output a.Taps (fun o tap -> within a.Size (o * a.Stride + tap * a.Dilation - a.Before)))
        |> Array.ofList
        |> Sight

    /// The other way round: for every position below the windows those whose tap sees it.
    let below (axes: SlidingAxis list) =
        axes
        |> List.map (fun a ->
            axis a.Output a.Size a.Taps (fun o tap ->
                let i = o + a.Before - tap * a.Dilation
                if i % a.Stride = 0 then within a.Output (i / a.Stride) else -1))
        |> Array.ofList
        |> Sight

    /// Every position sees the whole of some axes and itself along the others.
    let whole (sizes: int list) (axes: int list) =
        sizes
        |> List.mapi (fun k size ->
            if List.contains k axes then
                axis size 1 size (fun _ tap -> tap)
            else
                axis size size 1 (fun o _ -> o))
        |> Array.ofList
        |> Sight
