namespace Canon.Properties

open System
open Canon.Algebra
open Canon.Verification

/// Gauges of chance.
[<RequireQualifiedAccess>]
module Gauged =

    let prepared (sample: Sample) =
        Canonical.prepare sample.Options sample.Network |> Law.ok

    let rescaling network =
        Rescaling.ofNetwork false network |> Law.ok

    let losslessly network =
        Rescaling.ofNetwork true network |> Law.ok

    /// Factors of chance for the classes that may have one.
    let chosen seed spread (rescaling: Rescaling) =
        let random = Random seed

        { Gauge.identity rescaling with
            Factors =
            Rescaling.isFree rescaling
            |> Array.map (fun isFree ->
                if isFree then
                    Magnitude.ofFloat (Math.Exp(spread * (2.0 * random.NextDouble() - 1.0)))
                else
                    Magnitude.One) }

    /// Groups of units that may change places with each other: those that stand in the same lists at the same numbers of places.
    let private interchangeable (rescaling: Rescaling) =
        let isFree = Rescaling.isFree rescaling

        let lists =
            [ for share in rescaling.Shares @ rescaling.Carried do
                  share.Rows
                  yield! Option.toList share.Columns
              for struct (_, channels) in rescaling.Gains do
                  channels
              yield! rescaling.Outputs ]

        let stands =
            [ for k, channels in List.indexed lists do
                  for channel in channels do
                      channel.Unit, (k, channel.Degree, isFree[channel.Class]) ]
            |> List.groupBy fst
            |> List.map (fun (unit, places) -> unit, List.map snd places)
            |> Map.ofList

        [ 0 .. rescaling.Pinned.Length - 1 ]
        |> List.filter (fun unit -> rescaling.Pinned[unit].IsNone)
        |> List.groupBy (fun unit -> Map.tryFind unit stands)
        |> List.map (snd >> Array.ofList)

    /// A gauge of chance that puts units in another order as well.
    let shuffled seed spread (rescaling: Rescaling) =
        let random = Random seed
        let order = Array.init rescaling.Pinned.Length id

        for units in interchangeable rescaling do
            let places = Array.copy units
            random.Shuffle places
            Array.iter2 (fun unit place -> order[unit] <- place) units places

        match Gauge.create (chosen seed spread rescaling).Factors order rescaling with
        | Ok gauge -> gauge
        | Error fault -> Law.fail fault
    /// The same freedom with the numbers that a gauge leads to.
    let owned (gauge: Gauge) =
        let withNumbers (share: Share) =
            let p = share.Parameter

            let values =
                Values.ofFloat64 (ReadOnlyMemory(Gauge.scaled 1 gauge share p |> Law.ok))

            match p.Grouping with
            | Diagonal -> Parameter.diagonal (Parameter.vector p.Name 1.0 values)
            | grouping ->
                let columns = share.Columns |> Option.map _.Length |> Option.defaultValue 1
                Parameter.weight p.Name share.Rows.Length columns grouping p.Taps false 1.0 values

        let shares =
            gauge.Rescaling.Shares
            |> List.map (fun share -> share.Parameter, withNumbers share)

        let numbers p =
            shares |> List.find (fst >> (=) p) |> snd

        { gauge.Rescaling with
            Shares =
                [ for share in gauge.Rescaling.Shares ->
                      { share with
                          Parameter = numbers share.Parameter
                          Bias = Option.map numbers share.Bias } ] }

    /// The channels of the row and of the column, where it has one, of the k-th of so many numbers.
    let channels (share: Share) count k =
        let perRow = count / share.Rows.Length
        let taps = share.Parameter.Taps

        let column (columns: Channel[]) =
            match share.Parameter.Grouping with
            | Diagonal -> columns[k]
            | Groups groups -> columns[k / perRow / (share.Rows.Length / groups) * (perRow / taps) + k % perRow / taps]

        struct (share.Rows[k / perRow], Option.map column share.Columns)

    /// For every class what is due to the rows that make it, and to the columns that read it: each number of a share times its degree.
    let perClass (rescaling: Rescaling) (shares: (Share * float[]) list) =
        let made = Array.zeroCreate<float> rescaling.Held.Length
        let read = Array.zeroCreate<float> rescaling.Held.Length

        let add (sums: float[]) x (channel: Channel) =
            sums[channel.Class] <- sums[channel.Class] + float channel.Degree * x

        for share, numbers in shares do
            numbers
            |> Array.iteri (fun k x ->
                let struct (row, column) = channels share numbers.Length k
                add made x row
                Option.iter (add read x) column)

        made, read
