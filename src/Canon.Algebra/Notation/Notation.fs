namespace Canon.Algebra

open System.Collections.Generic

[<Sealed>]
type Notation(shapes: bool) =
    let naming = Naming()

    member _.Write network =
        PlainText.network shapes (naming.Network network)

    member _.WriteGain gain = PlainText.expression (naming.Gain gain)

    member _.Definitions: IReadOnlyList<struct (string * string)> =
        [| for definition in naming.Definitions do
               struct (Words.name definition.Name, PlainText.expression definition.Meaning) |]

[<RequireQualifiedAccess>]
module Print =

    let network network = Notation(false).Write network

    let withShapes network = Notation(true).Write network

    let document network =
        PlainText.document (Naming.Document network)

    let latex network =
        Latex.document (Naming.Document network)

    let markdown network =
        Markdown.document (Naming.Document network)

    let json network = Json.document (Naming.Document network)
