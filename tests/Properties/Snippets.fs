/// The F# snippets of the documents: each is the one that runs here, and prints what the document says.
[<Xunit.Collection "console">]
module Canon.Properties.Snippets

open System
open System.IO
open Canon.Algebra
open Canon.Verification
open FsCheck.FSharp
open Xunit

/// Whoever reads the console must be alone: the runner of properties writes to it.
[<CollectionDefinition("console", DisableParallelization = true)>]
type ConsoleCollection() = class end

let private readme () =
    // snippet
    let linear name =
        Network.linear (Parameter.symbolic name None None) None ""

    let network =
        Network.compose [ linear "W1"; Network.activation Tanh "tanh"; linear "W2" ]

    match Canonical.derive Canonical.options network with
    | Ok derivation ->
        printfn "%s" (Print.network derivation.Result)

        for refusal in derivation.Refusals do
            printfn "%s: %s" refusal.Rule refusal.Reason
    | Error error -> printfn "%s" error.Message
// end

let private rule () =
    // snippet
    let foldBack =
        Rule.define "fold-back" Exact "linear(W, b) -> scale(g) = linear(diag(g) W, g * b)" "mine" (fun terms ->
            match terms with
            | Linear(a, kernel, label) :: Scale g :: _ ->
                Rule.fires 2 [ Linear(Affine.scaleOutput g a, kernel, label) ]
            | _ -> NoMatch)

    match RuleVerifier.verify RuleVerifier.options foldBack with
    | Verified evidence -> printfn "verified on %s" (evidence.Coverage |> List.map fst |> String.concat ", ")
    | other -> printfn "%s" (Verdict.describe other)
// end

let private refusal () =
    // snippet
    let lowerBound =
        Rule.define
            "lower-bound"
            Exact
            "scale(g) -> clip(l, ∞) = clip(l/g, ∞) -> scale(g) for g > 0"
            "mine"
            (fun terms ->
                match terms with
                | Scale _ :: Clip(_, upper, _, _) :: _ when upper < infinity -> Refused "the clip has an upper bound"
                | Scale g :: Clip(lower, upper, t, label) :: _ ->
                    Rule.firesAssuming [ Positive g ] 2 [ Clip(lower, upper, Gain.divide t g, label); Scale g ]
                | _ -> NoMatch)

    for text in [ "scale(g) -> clip(1, inf)"; "scale(g) -> clip(1, 2)" ] do
        match Parse.network text with
        | Ok network -> printfn "%s %s" text (RuleDocument.worked lowerBound network |> String.concat " ")
        | Error error -> printfn "%s" error.Message
// end

let private written () =
    // snippet
    match RuleText.file "forgetful: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?b)" with
    | Ok rules ->
        for rule in rules do
            printfn "%s" (RuleVerifier.verifyText RuleVerifier.options rule |> Verdict.describe)
    | Error error -> printfn "%s" error.Message
// end

let private property () =
    // snippet
    let canonicalIsCanonical (sample: Sample) =
        match Canonical.derive sample.Options sample.Network with
        | Error _ -> false
        | Ok derivation ->
            Canonical.derive sample.Options derivation.Result |> Result.map _.Result = Ok derivation.Result

    FsCheck.Check.QuickThrowOnFailure(Prop.forAll Networks.any canonicalIsCanonical)
// end

let private isIndented (line: string) =
    line.StartsWith("    ", StringComparison.Ordinal)

let private without indentation =
    List.map (fun (line: string) -> if isIndented line then line[indentation..] else line)

/// What stands between two lines, each time.
let private between opening closing lines =
    let rec next found lines =
        match lines |> List.skipWhile ((<>) opening) with
        | [] -> List.rev found
        | _ :: rest ->
            let inside = rest |> List.takeWhile ((<>) closing)
            let behind = rest |> List.skip (inside.Length + 1)
            next ((inside, behind) :: found) behind

    next [] lines

let private sources =
    lazy
        (File.ReadAllLines(Repository.file [ "tests"; "Properties"; "Snippets.fs" ])
         |> List.ofArray
         |> between "    // snippet" "// end"
         |> List.map (fst >> without 4))

let private printed snippet =
    let console = Console.Out
    use writer = new StringWriter()
    Console.SetOut writer

    try
        snippet ()
    finally
        Console.SetOut console

    match writer.ToString().TrimEnd() with
    | "" -> []
    | text -> text.Split Environment.NewLine |> List.ofArray

/// The lines of a snippet without what it opens.
let private withoutOpens lines =
    lines
    |> List.skipWhile (fun (line: string) -> line = "" || line.StartsWith("open ", StringComparison.Ordinal))

/// The snippets of a document are those of this file from some place on.
let private holds document first (snippets: (unit -> unit) list) =
    let shown =
        File.ReadAllLines(Repository.file document)
        |> List.ofArray
        |> between "```fsharp" "```"

    Assert.Equal(snippets.Length, shown.Length)

    for index, ((code, behind), run) in List.indexed (List.zip shown snippets) do
        Assert.Equal<string list>(sources.Value[first + index], withoutOpens code)

        let said =
            behind |> List.skipWhile ((=) "") |> List.takeWhile isIndented |> without 4

        Assert.Equal<string list>(said, printed run)

[<Fact>]
let ``The F# snippet of the readme prints what it says`` () = holds [ "README.md" ] 0 [ readme ]

[<Fact>]
let ``The F# snippets on verification print what is said there`` () =
    holds [ "docs"; "verification.md" ] 1 [ rule; refusal; written; property ]
