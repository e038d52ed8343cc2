namespace Canon.Algebra

[<StructuralEquality; NoComparison>]
type Padding =
    | Explicit of before: int list * after: int list
    | Same of late: bool

[<StructuralEquality; NoComparison>]
type Window =
    { Kernel: int list
      Strides: int list
      Dilations: int list
      Padding: Padding }

    member x.Axes = x.Kernel.Length

    member x.Taps = List.fold (*) 1 x.Kernel

[<Struct; StructuralEquality; NoComparison>]
type SlidingAxis =
    { Size: int
      Output: int
      Taps: int
      Stride: int
      Dilation: int
      Before: int }

[<RequireQualifiedAccess>]
module Window =

    let ofKernel (kernel: int list) =
        let all n = kernel |> List.map (fun _ -> n)

        { Kernel = kernel
          Strides = all 1
          Dilations = all 1
          Padding = Explicit(all 0, all 0) }

    let point = ofKernel []

    let private areAll n (numbers: int list) = numbers |> List.forall ((=) n)

    let pads (window: Window) =
        match window.Padding with
        | Explicit(before, after) -> not (areAll 0 before && areAll 0 after)
        | Same _ -> not (areAll 1 window.Kernel)

    let isPointwise (window: Window) =
        areAll 1 window.Kernel && areAll 1 window.Strides && not (pads window)

    let fault (window: Window) =
        let short what (numbers: int list) =
            if numbers.Length = window.Axes then
                None
            else
                Some $"{numbers.Length} {what} stand beside a kernel of {window.Axes} axes"

        let small what least (numbers: int list) =
            numbers
            |> List.tryFind (fun n -> n < least)
            |> Option.map (fun n -> $"{what} {n} is less than {least}")

        [ small "a kernel of" 1 window.Kernel
          short "strides" window.Strides
          small "a stride of" 1 window.Strides
          short "dilations" window.Dilations
          small "a dilation of" 1 window.Dilations
          match window.Padding with
          | Same _ -> None
          | Explicit(before, after) ->
              short "paddings" before
              short "paddings" after
              small "a padding of" 0 (before @ after) ]
        |> List.tryPick id

    /// Each axis of the window with its size, by `f size kernel stride dilation padding`.
    let private eachAxis f (sizes: int list) (window: Window) =
        if sizes.Length <> window.Axes then
            Error $"a window of {window.Axes} axes meets {sizes.Length}"
        else
            let padding =
                match window.Padding with
                | Explicit(before, after) -> List.map2 (fun b a -> Some struct (b, a)) before after
                | Same _ -> sizes |> List.map (fun _ -> None)

            let rec along sizes kernels strides dilations padding =
                match sizes, kernels, strides, dilations, padding with
                | size :: sizes, kernel :: kernels, stride :: strides, dilation :: dilations, pad :: padding ->
                    f size kernel stride dilation pad
                    |> Result.bind (fun axis ->
                        along sizes kernels strides dilations padding
                        |> Result.map (fun rest -> axis :: rest))
                | _ -> Ok []

            along sizes window.Kernel window.Strides window.Dilations padding

    /// How many positions a window spans.
    let private span kernel dilation =
        int64 (kernel - 1) * int64 dilation + 1L

    let private fits (n: int64) =
        n >= 1L && n <= int64 System.Int32.MaxValue

    let private late (window: Window) = window.Padding = Same true

    let overUnknown (behind: int list -> Result<int list, string>) (space: int option list) =
        // The axes do not depend on each other: where a size is not known any will do in its place.
        behind (space |> List.map (Option.defaultValue 1_000_000))
        |> Result.map (List.map2 (fun size n -> Option.map (fun _ -> n) size) space)

    let axes ceil sizes (window: Window) =
        let axis size kernel stride dilation padding =
            let span = span kernel dilation

            let output, before =
                match padding with
                | None ->
                    let output = (int64 size + int64 stride - 1L) / int64 stride
                    let all = max 0L ((output - 1L) * int64 stride + span - int64 size)
                    output, (if late window then all / 2L else all - all / 2L)
                | Some(struct (before, after)) ->
                    let room = int64 size + int64 before + int64 after - span

                    if room < 0L then
                        0L, int64 before
                    elif ceil && room % int64 stride <> 0L then
                        let last = room / int64 stride + 1L
                        // A window that begins behind the last position sees nothing.
                        let begins = last * int64 stride - int64 before
                        (if begins < int64 size then last + 1L else last), int64 before
                    else
                        room / int64 stride + 1L, int64 before

            if fits output then
                Ok
                    { Size = size
                      Output = int output
                      Taps = kernel
                      Stride = stride
                      Dilation = dilation
                      Before = int before }
            else
                Error $"a window of {span} positions does not fit into {size}"

        eachAxis axis sizes window

    let transposedAxes (outputPadding: int list) sizes (window: Window) =
        let extra = Array.ofList outputPadding
        let mutable k = -1

        let axis size kernel stride dilation padding =
            k <- k + 1
            let extra = if k < extra.Length then extra[k] else 0
            let full = int64 stride * int64 (size - 1) + int64 extra + span kernel dilation

            let output, before =
                match padding with
                | Some(struct (before, after)) -> full - int64 before - int64 after, int64 before
                | None ->
                    let output = int64 size * int64 stride
                    let all = max 0L (full - output)
                    output, (if late window then all / 2L else all - all / 2L)

            if fits output then
                Ok
                    { Size = int output
                      Output = size
                      Taps = kernel
                      Stride = stride
                      Dilation = dilation
                      Before = int before }
            else
                Error $"a transposed window over {size} positions leaves none"

        eachAxis axis sizes window
