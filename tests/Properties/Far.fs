namespace Canon.Properties

open System
open Canon.Algebra

/// Numbers that do not lie in memory, as those of a file: they can be read, and there is no view of them.
[<Sealed>]
type Far(values: Values) =
    inherit Values(values.ElementType, values.Length)

    override _.Read(offset, destination) = values.Read(offset, destination)
