namespace Canon.Algebra

/// A weight some of whose rows or columns may be rescaled.
[<NoEquality; NoComparison>]
type internal RescaledWeight =
    {
        Entries: StoredEntries
        Rows: Channel[]
        /// None of what has no columns: of the γ of a batch norm.
        Columns: Channel[]
    }

[<RequireQualifiedAccess>]
module internal RescaledWeights =

    /// The weights of a network that have to do with the classes that are free. Errors: NotFinite, in any other.
    let ofRescaling (rescaling: Rescaling) (isFree: bool[]) =
        let numbers = ParameterNumbers()

        let weights =
            [ for share in rescaling.Shares do
                  if not share.IsBias then
                      { Entries = numbers.Entries share.Parameter
                        Rows = share.Rows
                        Columns = defaultArg share.Columns [||] } ]

        let moved, others =
            weights
            |> List.partition (fun weight ->
                Seq.append weight.Rows weight.Columns
                |> Seq.exists (fun channel -> isFree[channel.Class]))

        for weight in others do
            RowNorms.requireFinite weight.Entries

        moved
