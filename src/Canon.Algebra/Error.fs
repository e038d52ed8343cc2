namespace Canon.Algebra

open System

[<StructuralEquality; NoComparison>]
type NetworkError =
    | ShapeMismatch of at: string * reason: string
    | AmbiguousParameter of name: string
    | UnknownWire of name: string
    | NoValues of name: string
    | NotFinite of parameter: string * row: int * column: int * value: float
    | UnknownWidth of at: string
    | OutOfRange of at: string * reason: string
    | NoFigure of at: string * reason: string
    | NestedTooDeep

    member x.Message =
        match x with
        | ShapeMismatch(at, reason) -> $"{at}: {reason}"
        | AmbiguousParameter name -> $"two different parameters are named {name}; give each its own name"
        | UnknownWire name -> $"the wire {name} is read but neither named by 'as {name}' before nor given as an input"
        | NoValues name -> $"{name} is a symbol without values; numbers need values"
        | NotFinite(parameter, row, column, value) ->
            $"{parameter}: the value at row {row}, column {column} is {value}; weights and biases must be finite: repair the model or export it again"
        | UnknownWidth at -> $"{at}: its number of channels is not known; give the input's shape"
        | OutOfRange(at, reason) -> $"{at}: {reason}"
        | NoFigure(at, reason) -> $"{at}: {reason}"
        | NestedTooDeep -> "branches are nested too deeply for the stack; flatten them with 'as' and wires"

[<Sealed>]
type internal NetworkException(error: NetworkError) =
    inherit Exception(error.Message)
    member _.Error = error

module internal Fail =
    let because error : 'a = raise (NetworkException error)

    let value (result: Result<'a, NetworkError>) =
        match result with
        | Ok value -> value
        | Error error -> because error

    let tryError (raised: exn) =
        match raised with
        | :? NetworkException as e -> ValueSome e.Error
        | :? InsufficientExecutionStackException -> ValueSome NestedTooDeep
        | :? OverflowException -> ValueSome(OutOfRange("gain", "an exponent or power beyond 2^31"))
        | _ -> ValueNone

    let guard (f: unit -> 'a) : Result<'a, NetworkError> =
        try
            Ok(f ())
        with raised ->
            match tryError raised with
            | ValueSome error -> Error error
            | ValueNone -> reraise ()
