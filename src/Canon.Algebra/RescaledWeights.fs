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

    /// The weights of a network that have to do with the classes that are free. Errors: NotFinite, also in any other.
    let ofRescaling (rescaling: Rescaling) (isFree: bool[]) =
        let numbers = ParameterNumbers()

        [ for share in rescaling.Shares do
              if not share.IsBias then
                  let entries = numbers.Entries share.Parameter
                  let columns = defaultArg share.Columns [||]
                  // Of the transposed weight rows and columns would be told the wrong way round.
                  RowNorms.requireFinite entries

                  if
                      Seq.append share.Rows columns
                      |> Seq.exists (fun channel -> isFree[channel.Class])
                  then
                      { Entries = entries
                        Rows = share.Rows
                        Columns = columns } ]
