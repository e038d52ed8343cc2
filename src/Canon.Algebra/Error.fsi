namespace Canon.Algebra

open System

/// What can be wrong with a network that somebody hands in. Operations that can fail answer it as the error of a `Result`.
[<StructuralEquality; NoComparison>]
type NetworkError =
    /// Two sizes contradict each other, or something of another shape stands where one is expected. `at`: the layer or term.
    | ShapeMismatch of at: string * reason: string
    /// Two different parameters bear one name.
    | AmbiguousParameter of name: string
    /// A wire is read that no `as` names before, and that is not given as an input either.
    | UnknownWire of name: string
    /// Numbers are asked of a parameter or scale that is a symbol only.
    | NoValues of name: string
    /// A weight or bias has an entry that is infinite or not a number. Rows and columns count from 0.
    | NotFinite of parameter: string * row: int * column: int * value: float
    /// A gain whose length nothing tells.
    | UnknownWidth of at: string
    /// A result too large or too small for the numbers it is to be stored in.
    | OutOfRange of at: string * reason: string
    /// A figure that does not exist for such a network. `at`: the term that has none.
    | NoFigure of at: string * reason: string
    /// Branches are nested too deeply for the stack. The length of a chain has no such limit.
    | NestedTooDeep

    /// One line for people: where, what is wrong, and what to do about it.
    member Message: string

/// Carries a `NetworkError` up to the public entry, which turns it into a value.
[<Sealed>]
type internal NetworkException =
    inherit Exception
    new: error: NetworkError -> NetworkException
    member Error: NetworkError

/// Raising a `NetworkError` and turning it into a value again.
module internal Fail =

    /// Raises the error.
    val because: error: NetworkError -> 'a

    /// The value; the error is raised.
    val value: result: Result<'a, NetworkError> -> 'a

    /// The error behind what was raised, also in a loop of several threads: of a stack that is used up NestedTooDeep, of an exponent
    /// beyond an int OutOfRange. None of every other exception.
    val tryError: raised: exn -> NetworkError voption

    /// Runs f; an error raised inside becomes a value, as `tryError` has it; every other exception passes.
    val guard: f: (unit -> 'a) -> Result<'a, NetworkError>
