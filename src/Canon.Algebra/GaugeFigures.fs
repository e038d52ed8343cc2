namespace Canon.Algebra

open System

[<StructuralEquality; NoComparison>]
type TensorFigures =
    { Name: string
      IsBias: bool
      Largest: float
      Squares: float }

[<StructuralEquality; NoComparison>]
type GaugeFigures =
    { Tensors: TensorFigures list
      NormImbalance: float
      RangeImbalance: float }

[<RequireQualifiedAccess>]
module GaugeFigures =

    /// What is known of the channels of some classes, one entry a class.
    [<NoEquality; NoComparison>]
    type private Side =
        { Squares: float[]
          Largest: float[] }

        static member OfClasses count =
            { Squares = Array.zeroCreate<float> count
              Largest = Array.zeroCreate<float> count }

        member x.Add(channel: Channel, squares, largest) =
            x.Squares[channel.Class] <- x.Squares[channel.Class] + float channel.Degree * squares
            x.Largest[channel.Class] <- max x.Largest[channel.Class] largest

    /// The squares and the largest |entry| of every row, and of every column.
    let private sidesOf matrix =
        let sides = RowNorms.sides [| VectorNorm.Euclidean; VectorNorm.Maximum |] matrix

        let struct (rowNorms, columnNorms), struct (rowRanges, columnRanges) =
            sides[0], sides[1]

        let side norms ranges =
            { Squares = norms |> Array.map (fun norm -> let x = Magnitude.toFloat norm in x * x)
              Largest = ranges |> Array.map Magnitude.toFloat }

        struct (side rowNorms rowRanges, side columnNorms columnRanges)

    let ofGauge (gauge: Gauge) =
        Fail.guard (fun () ->
            let numbers = ParameterNumbers()
            let made = Side.OfClasses gauge.Factors.Length
            let read = Side.OfClasses gauge.Factors.Length

            let addAll (side: Side) (channels: Channel[]) (of': Side) =
                channels
                |> Array.iteri (fun i channel -> side.Add(channel, of'.Squares[i], of'.Largest[i]))

            let tensors =
                [ for share in gauge.Rescaling.Shares ->
                      let struct (byRow, byColumn) = Gauge.factors 1 gauge share

                      let entries = numbers.Entries share.Parameter
                      let struct (rows, columns) = sidesOf (StoredMatrix(entries, Some byRow, byColumn))

                      if not share.IsBias then
                          addAll made share.Rows rows
                          share.Columns |> Option.iter (fun channels -> addAll read channels columns)

                      { Name = share.Parameter.Name
                        IsBias = share.IsBias
                        Largest = Array.max rows.Largest
                        Squares = Array.sum rows.Squares } ]

            let isFree = Rescaling.isFree gauge.Rescaling

            let imbalance (made: float[]) (read: float[]) =
                Seq.zip3 isFree made read
                |> Seq.filter (fun (isFree, made, read) -> isFree && made > 0.0 && read > 0.0)
                |> Seq.fold (fun most (_, made, read) -> max most (abs (Math.Log(read / made)))) 0.0

            { Tensors = tensors
              NormImbalance = imbalance made.Squares read.Squares / 2.0
              RangeImbalance = imbalance made.Largest read.Largest })
