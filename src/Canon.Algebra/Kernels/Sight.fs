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
    let product (f: SightAxis -> int) =
        axes |> Array.fold (fun n axis -> n * f axis) 1

    /// Output positions for each step along an axis.
    let strides =
        Array.init axes.Length (fun d -> axes |> Array.skip (d + 1) |> Array.fold (fun n axis -> n * axis.Output) 1)

    let outputs = product _.Output
    let taps = product _.Taps

    /// Positions of the output.
    member _.Outputs = outputs

    /// Positions that each of them sees, those outside included.
    member _.Taps = taps

    /// The input positions that an output position sees, tap by tap; −1 for padding.
    member _.Fill(output: int, places: Span<int>) =
        places[0] <- 0
        let mutable count = 1

        for d in 0 .. axes.Length - 1 do
            let axis = axes[d]
            let first = output / strides[d] % axis.Output * axis.Taps

            // From the last on: what is written stands behind what is still to be read.
            for p in count - 1 .. -1 .. 0 do
                let place = places[p]

                for tap in 0 .. axis.Taps - 1 do
                    let i = axis.Seen[first + tap]
                    places[p * axis.Taps + tap] <- if place < 0 || i < 0 then -1 else place * axis.Size + i

            count <- count * axis.Taps

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
