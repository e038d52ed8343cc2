namespace Canon.Bench

open System
open Canon.Algebra

/// Matrix products and convolutions, in turns with those of OpenBLAS. Ours read and write float64 and round on the way in single
/// precision; both sides are packed within the time. Theirs has single precision in memory, and no columns to gather in place of a
/// convolution.
[<RequireQualifiedAccess>]
module Products =

    [<NoEquality; NoComparison>]
    type private Case =
        {
            Name: string
            Rows: int
            Inner: int
            Columns: int
            /// Whether the right side is given by columns, as the weight of a layer is.
            Turned: bool
            Product: Work -> Precision -> unit -> unit
        }

    let private product (rows, inner, columns, turned) =
        let left = Chance.numbers 1 (rows * inner)
        let right = Chance.numbers 2 (inner * columns)
        let output = Array.zeroCreate<float> (rows * columns)

        let product work precision () =
            if turned then
                MatrixProduct.withRows work precision rows inner columns left right output columns 0
            else
                use panels = MatrixProduct.ofRows work precision inner columns right
                MatrixProduct.dense work rows inner 0 left panels output columns 0 false

        let times = if turned then ", right side by columns" else ""

        { Name = $"{rows} x {inner} x {columns}{times}"
          Rows = rows
          Inner = inner
          Columns = columns
          Turned = turned
          Product = product }

    /// A layer of 3x3 windows.
    let private convolution (samples, pixels, columns, rows) =
        let window =
            { Window.ofKernel [ 3; 3 ] with
                Padding = Same true }

        let sight =
            match Window.axes false [ pixels; pixels ] window with
            | Ok axes -> Sight.ofWindow axes
            | Error reason -> invalidOp reason

        let input = Chance.numbers 1 (samples * pixels * pixels * columns)
        let weight = Chance.numbers 2 (rows * columns * 9)
        let output = Array.zeroCreate<float> (samples * pixels * pixels * rows)

        let product work precision () =
            let layer: Convolution.Layer =
                { Samples = samples
                  Positions = pixels * pixels
                  Columns = columns
                  Rows = rows
                  Groups = 1
                  Taps = 9
                  Weight = weight
                  Precision = precision }

            Convolution.directInto work layer sight input output

        { Name = $"convolution 3x3, {columns} to {rows}, {samples} x {pixels} x {pixels}"
          Rows = samples * pixels * pixels
          Inner = 9 * columns
          Columns = rows
          Turned = true
          Product = product }

    let private cases =
        [ yield! List.map product [ for n in [ 256; 512; 1024; 2048 ] -> n, n, n, false ]
          yield!
              List.map
                  product
                  [ for turned in [ true; false ] do
                        for batch in [ 32; 64; 128 ] -> batch, 1024, 1024, turned ]
          yield! List.map convolution [ 8, 28, 16, 32; 8, 28, 64, 64; 8, 14, 128, 128 ] ]

    let private rounds = 11

    /// How many times as fast as OpenBLAS, with the cores that this process has. Tells 10⁹ multiplications and additions a second.
    let ratios precision =
        let threads = Environment.ProcessorCount

        let name =
            match precision with
            | Precision.Single -> "float32"
            | Precision.Double -> "float64"

        // Threads of a rival that go on spinning when it has answered would have a core of ours.
        let environment =
            [ "OPENBLAS_NUM_THREADS", string threads; "OPENBLAS_THREAD_TIMEOUT", "18" ]

        match Peer.Start("matrix_product.py", [], environment) with
        | Error reason ->
            eprintfn $"          OpenBLAS is no rival here: {reason}"
            []
        | Ok peer ->
            use peer = peer

            [ for case in cases do
                  let operations = 2.0 * float case.Rows * float case.Inner * float case.Columns
                  let repeats = max 1 (int (1e9 / operations))
                  let ours = case.Product Work.full precision

                  // Until the code is compiled as well as it will be.
                  for _ in 1 .. max 3 (int (5e9 / operations)) do
                      ours ()

                  let theirs () =
                      let turned = if case.Turned then 1 else 0
                      peer.Ask $"{name} {case.Rows} {case.Inner} {case.Columns} {turned} {repeats}"

                  let seconds = Ratio.rounds rounds [ Ratio.timed repeats ours; theirs ]

                  let rate (seconds: float[]) =
                      operations * 1e-9 / Ratio.median seconds

                  eprintfn $"          {rate seconds[0]:F1} GFLOP/s, {peer.Description} {rate seconds[1]:F1}"
                  case.Name, Ratio.speed seconds[1] seconds[0] ]
