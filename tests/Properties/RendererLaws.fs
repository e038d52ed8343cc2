module Canon.Properties.RendererLaws

open System.Collections.Generic
open System.Text.Json
open FsCheck
open FsCheck.FSharp
open Canon.Algebra
open Canon.Verification
open Xunit

let private canonical (sample: Sample) =
    Canonical.derive sample.Options sample.Network |> Law.ok

/// Every string in a JSON text, or a failure where it is none.
let private strings (json: string) =
    let found = HashSet<string>()

    let rec visit (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.Object ->
            for property in element.EnumerateObject() do
                visit property.Value
        | JsonValueKind.Array -> Seq.iter visit (element.EnumerateArray())
        | JsonValueKind.String -> element.GetString() |> Option.ofObj |> Option.iter (found.Add >> ignore)
        | _ -> ()

    use document = JsonDocument.Parse(json, JsonDocumentOptions(MaxDepth = 1000))
    visit document.RootElement
    found

let private namesItsParameters json network =
    let found = strings json

    for parameter in Traversal.parameters network do
        Law.isTrue $"{parameter.Name} is missing from {json}" (found.Contains parameter.Name)

[<Fact>]
let ``JSON is valid and names every parameter`` () =
    Law.forAll Networks.any (fun sample ->
        for network in [ sample.Network; (canonical sample).Result ] do
            namesItsParameters (Print.json network) network)

[<Fact>]
let ``JSON of a derivation is valid and names every parameter`` () =
    Law.forAll Networks.any (fun sample ->
        let derivation = canonical sample
        let json = DerivationDocument.json derivation
        namesItsParameters json derivation.Original
        namesItsParameters json derivation.Result)

/// What LaTeX would stumble over, if there is something: a brace without its partner, or a special character that is not
/// escaped where it has no meaning.
let private flaw (latex: string) =
    let rec scan at depth =
        if at = latex.Length then
            if depth = 0 then None else Some "a brace is not closed"
        else
            match latex[at] with
            | '\\' when at + 1 = latex.Length -> Some "a backslash at the end"
            | '\\' -> scan (at + 2) depth
            | '{' -> scan (at + 1) (depth + 1)
            | '}' when depth = 0 -> Some "a brace is not opened"
            | '}' -> scan (at + 1) (depth - 1)
            | '#'
            | '$'
            | '%'
            | '~' -> Some $"a bare {latex[at]}"
            | '_'
            | '^' when at + 1 < latex.Length && latex[at + 1] <> '{' -> Some $"a bare {latex[at]}"
            | c when System.Char.IsControl c && c <> '\n' -> Some "a control character"
            | _ -> scan (at + 1) depth

    scan 0 0

let private compiles (latex: string) =
    flaw latex |> Option.iter (fun flaw -> Law.fail $"{flaw}: {latex}")
    let count (part: string) = latex.Split(part).Length - 1
    Assert.Equal((1, 1), (count @"\begin{aligned}", count @"\end{aligned}"))

    for line in latex.Split '\n' do
        let separators = line.Replace(@"\&", "").Split('&').Length - 1
        Law.isTrue $"{separators} alignments in {line}" (separators <= 1)

[<Fact>]
let ``LaTeX is balanced and escaped`` () =
    Law.forAll Networks.any (fun sample ->
        let derivation = canonical sample
        compiles (Print.latex derivation.Result)
        compiles (DerivationDocument.latex derivation))

let private oddName =
    let character = Gen.elements (List.ofSeq "aW_19'.\\{}#$%&~^<>|\"` \n\té?")

    Gen.nonEmptyListOf character
    |> Gen.map (fun letters -> System.String.Concat letters)
    |> Arb.fromGen

/// Odd names wherever names may stand.
let private named name =
    let w = Parameter.symbolic name None None

    Network.compose
        [ Scale(Gain.symbol name None)
          Network.linear w (Some(Parameter.symbolic (name + "b") None (Some 1))) ""
          Network.activation (PRelu(Parameter.symbolic (name + "p") None (Some 1))) name
          As(name + "x")
          Opaque(
              { Name = name
                Output = 1
                Channels = None
                Space = None
                Label = Label name },
              [ Wire(name + "x") ]
          )
          Scale(Gain.power 2 (Gain.symbol name None)) ]

[<Fact>]
let ``Any name can stand in LaTeX and JSON, and reads back from Markdown's text`` () =
    Law.forAll oddName (fun name ->
        let network = named name
        let derivation = Canonical.derive Canonical.options network |> Law.ok
        compiles (Print.latex network)
        compiles (DerivationDocument.latex derivation)
        namesItsParameters (Print.json network) network
        namesItsParameters (DerivationDocument.json derivation) network

        // The text of the first block of code, whatever its fence.
        let lines = (Print.markdown network).Split '\n'

        let text =
            lines[1 .. System.Array.IndexOf(lines, lines[0], 1) - 1] |> String.concat "\n"

        Assert.Equal(Ok network, Parse.network text))

/// Rows of a table have as many cells as its head, whatever the names.
[<Fact>]
let ``Tables of Markdown keep their columns`` () =
    Law.forAll oddName (fun name ->
        let derivation = Canonical.derive Canonical.options (named name) |> Law.ok

        let cells (line: string) =
            line.Replace("\\|", "").Split('|').Length

        (DerivationDocument.markdown "Title" derivation).Split '\n'
        |> Array.skipWhile (fun line -> line <> "## Steps")
        |> Array.skip 2
        |> Array.takeWhile (fun line -> line <> "")
        |> Array.iter (fun line -> Assert.Equal((8, line), (cells line, line))))

[<Fact>]
let ``A word given to one gain in the steps names nothing else in a derivation`` () =
    // The symbol g1 stands only between the two ends.
    let rule name before after =
        Rule.define name Exact "" "" (function
            | first :: _ when first = before -> Rule.fires 1 after
            | _ -> NoMatch)

    let relu = Network.activation Relu ""
    let g1 = Scale(Gain.symbol "g1" None)
    let w = Network.linear (Parameter.symbolic "W1" None None) None ""

    let rules =
        [ Canon.Algebra.Rules.Decomposition.weightNorm RowNorm
          rule "in" relu [ g1 ]
          rule "out" g1 [] ]

    let derivation =
        Derivation.run 10 (Strategy.innermost rules) (Network.compose [ w; relu ])
        |> Law.ok

    Assert.Contains("unit_row_linear(V1) -> scale(g1')", DerivationDocument.text derivation)
