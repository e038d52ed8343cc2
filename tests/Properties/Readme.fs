module Canon.Properties.Readme

open System
open System.IO
open Canon.Algebra
open Xunit

let private snippet () =
    // readme
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

let private lines parts =
    File.ReadAllLines(Repository.file parts) |> List.ofArray

let private readme = lazy lines [ "README.md" ]

let rec private after first lines =
    match lines with
    | line :: rest -> if line = first then rest else after first rest
    | [] -> []

[<Fact>]
let ``The F# snippet of the readme is the one that runs here`` () =
    let source =
        lines [ "tests"; "Properties"; "Readme.fs" ]
        |> after "    // readme"
        |> List.takeWhile (fun line -> line.Trim() <> "// end")
        |> List.map (fun line -> if line = "" then "" else line[4..])

    let shown = readme.Value |> after "```fsharp" |> List.takeWhile ((<>) "```")
    Assert.Equal<string list>("open Canon.Algebra" :: "" :: source, shown)

[<Fact>]
let ``The F# snippet prints what the readme says`` () =
    let console = Console.Out
    use printed = new StringWriter()
    Console.SetOut printed

    try
        snippet ()
    finally
        Console.SetOut console

    let said =
        readme.Value
        |> after "```fsharp"
        |> after "```"
        |> List.skipWhile ((=) "")
        |> List.takeWhile (fun line -> line.StartsWith("    ", StringComparison.Ordinal))
        |> List.map _.Trim()

    Assert.Equal<string list>(said, printed.ToString().TrimEnd().Split Environment.NewLine |> List.ofArray)
