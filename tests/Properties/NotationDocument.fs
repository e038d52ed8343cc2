/// docs/notation.md: every fenced block is read, and what it shows is compared.
module Canon.Properties.NotationDocument

open System
open System.IO
open Canon.Algebra
open Xunit

let private startsWith (prefix: string) (line: string) =
    line.StartsWith(prefix, StringComparison.Ordinal)

/// The kind of each fenced block and its lines.
let private blocks lines =
    let rec next found lines =
        match lines |> List.skipWhile (startsWith "```" >> not) with
        | [] -> List.rev found
        | opening :: rest ->
            let inside = rest |> List.takeWhile ((<>) "```")
            next ((opening[3..], inside) :: found) (rest |> List.skip (inside.Length + 1))

    next [] lines

/// The entries of a block: lines with an empty one between.
let rec private entries lines =
    match lines |> List.skipWhile ((=) "") with
    | [] -> []
    | lines ->
        let entry = lines |> List.takeWhile ((<>) "")
        entry :: entries (lines |> List.skip entry.Length)

let private join = String.concat "\n"

/// A text, and under it what is made of it.
let private shown answer entry =
    let isResult line =
        startsWith "  = " line || startsWith "  error: " line

    let text = entry |> List.takeWhile (isResult >> not)

    let expected =
        match answer (join text) with
        | Ok(printed: string) ->
            printed.Split '\n'
            |> List.ofArray
            |> List.mapi (fun i line -> (if i = 0 then "  = " else "    ") + line)
        | Error(error: NotationError) -> [ $"  error: {error.Message}" ]

    text @ expected

/// A text, and under it networks, each with what the text makes of it.
let private tried read answer (entry: string list) =
    match read entry.Head with
    | Error(error: NotationError) -> [ entry.Head; $"  error: {error.Message}" ]
    | Ok value ->
        let networks = entry.Tail |> List.filter (fun line -> not (startsWith "    " line))

        entry.Head
        :: (networks
            |> List.collect (fun text ->
                let answers = answer value (Parse.network text |> Law.parsed)
                text :: (answers |> List.map (fun line -> "    " + line))))

let private derived strategy network =
    let derivation = Derivation.run Int32.MaxValue strategy network |> Law.ok
    [ $"= {Print.network derivation.Result}" ]

let private worked kind =
    match kind with
    | "network" -> List.map (shown (Parse.network >> Result.map Print.document))
    | "rules" ->
        let names rules =
            rules |> List.map (fun (rule: RuleText) -> rule.Rule.Name) |> String.concat ", "

        List.map (shown (RuleText.file >> Result.map names))
    | "rule" -> List.map (tried RuleText.parse RuleDocument.worked)
    | "strategy" -> List.map (tried (StrategyText.parse Catalog.all []) derived)
    | other -> Law.fail $"no block is of the kind '{other}'"

[<Fact>]
let ``Every example of docs/notation.md is as it is shown`` () =
    let found =
        File.ReadAllLines(Repository.file [ "docs"; "notation.md" ])
        |> List.ofArray
        |> blocks

    Assert.Equal<Set<string>>(set [ "network"; "rule"; "rules"; "strategy" ], found |> List.map fst |> set)

    for kind, lines in found do
        for shown, expected in List.zip (entries lines) (worked kind (entries lines)) do
            Assert.Equal(join expected, join shown)
