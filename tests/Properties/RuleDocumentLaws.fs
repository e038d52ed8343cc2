module Canon.Properties.RuleDocumentLaws

open System
open System.IO
open Canon.Algebra
open Xunit

let private outcomes (rule: Rule, description: RuleDescription) =
    description.Examples
    |> List.map (fun text ->
        match Parse.network text with
        | Ok network -> rule.Apply(Network.parts network)
        | Error error -> Law.fail $"{text}: {error.Message}")

[<Fact>]
let ``Every rule of the catalog is described`` () =
    Assert.Equal<string list>(
        Catalog.all |> List.map _.Name,
        Catalog.descriptions |> List.map (fun (rule, _) -> rule.Name)
    )

[<Fact>]
let ``Every rule fires on its first example, and answers the others`` () =
    for rule, description in Catalog.descriptions do
        match outcomes (rule, description) with
        | Fired _ :: others -> Law.isTrue rule.Name (not (List.contains NoMatch others))
        | _ -> Law.fail $"{rule.Name} does not fire on {description.Examples}"

[<Fact>]
let ``A rule has an example of a refusal where it is said to refuse`` () =
    for rule, description in Catalog.descriptions do
        let refuses = outcomes (rule, description) |> List.exists _.IsRefused
        Assert.Equal(description.Words.Contains("Refuses", StringComparison.Ordinal), refuses)

/// After a change that is meant: CANON_UPDATE_BASELINES=1 dotnet test --filter RuleDocument, and commit the file.
[<Fact>]
let ``docs/rules.md is what the catalog says`` () =
    let file = Repository.file [ "docs"; "rules.md" ]
    let text = RuleDocument.markdown "Rules" Catalog.descriptions |> Law.parsed

    if Environment.GetEnvironmentVariable "CANON_UPDATE_BASELINES" = "1" then
        File.WriteAllText(file, text)

    Law.isTrue
        "docs/rules.md is stale: run this test with CANON_UPDATE_BASELINES=1 and commit the file"
        (File.ReadAllText file = text)

[<Fact>]
let ``A rule of one's own is printed with its examples`` () =
    let rule =
        RuleText.parse "twice: relu -> relu => relu" |> Result.toOption |> Option.get

    let description =
        { Words = "The second changes nothing."
          Examples = [ "relu -> relu -> linear(W)"; "relu -> tanh" ] }

    let expected =
        "# Mine\n\n## twice\n\n```\nrelu -> relu => relu\n```\n\nThe second changes nothing.\n\nExact up to rounding. Source: written.\n\n\
         ```\nrelu -> relu -> linear(W)\n  => relu -> linear(W)\n\nrelu -> tanh\n  does not match\n```\n"

    Assert.Equal(Ok expected, RuleDocument.markdown "Mine" [ rule, description ])

[<Fact>]
let ``An example that cannot be read is an error that names its rule`` () =
    let description = { Words = ""; Examples = [ "relu ->" ] }

    match RuleDocument.markdown "Mine" [ Catalog.all.Head, description ] with
    | Ok text -> Law.fail text
    | Error error -> Assert.EndsWith($"(an example of {Catalog.all.Head.Name})", error.Reason)
