namespace Canon.Algebra

open System.Text.Json

[<RequireQualifiedAccess>]
module DerivationDocument =

    /// A derivation as syntax trees.
    type private Account =
        {
            Original: Written
            Result: Written
            Steps: AccountStep list
            Refusals: Refusal list
            /// Gains taken to be positive.
            Assumptions: Expression list
            Stop: StopReason
            Definitions: Definition list
        }

    and private AccountStep =
        { Step: Step
          Before: Written
          After: Written
          Assumptions: Expression list }

    let private account (derivation: Derivation) : Account =
        let naming = Naming()
        // Before any name is given: a step may bring in names that neither end has.
        naming.Reserve derivation.Original
        naming.Reserve derivation.Result

        for step in derivation.Steps do
            naming.Reserve(Compose step.Before)
            naming.Reserve(Compose step.After)

        let assumption (Positive gain) = naming.Gain gain
        let original = naming.Reserved derivation.Original
        let result = naming.Reserved derivation.Result

        let steps =
            derivation.Steps
            |> List.map (fun step ->
                { Step = step
                  Before = naming.Reserved(Network.compose step.Before)
                  After = naming.Reserved(Network.compose step.After)
                  Assumptions = List.map assumption step.Assumptions })

        { Original = original
          Result = result
          Steps = steps
          Refusals = derivation.Refusals
          Assumptions = List.map assumption derivation.Assumptions
          Stop = derivation.Stop
          Definitions = List.ofSeq naming.Definitions }

    let private plain written = PlainText.network false written
    let private positive gain = $"{PlainText.expression gain} > 0"

    let refused (rule: string) (place: string) (reason: string) =
        $"{rule} matched at {place}, refused: {reason}"

    let private refusal (r: Refusal) =
        refused r.Rule (r.Place.ToString()) r.Reason

    let private ending (account: Account) =
        match account.Stop with
        | Completed when account.Steps.Length = 1 -> "completed after 1 step"
        | Completed -> $"completed after {account.Steps.Length} steps"
        | StepLimit limit -> $"stopped at the limit of {limit} steps; there was more to do"

    /// What a step took for granted, to be put after it: its first words, then the gains.
    let private under words write (step: AccountStep) =
        match step.Assumptions with
        | [] -> ""
        | assumptions -> words + (assumptions |> List.map write |> String.concat ", ")

    let text derivation =
        let account = account derivation

        let section heading lines =
            match lines with
            | [] -> []
            | lines -> "" :: heading :: List.map (fun line -> "  " + line) lines

        [ plain account.Original
          "  = " + plain account.Result
          yield! section "where" (List.map PlainText.definition account.Definitions)
          yield!
              account.Steps
              |> List.mapi (fun i step ->
                  let given = under ", if " positive step
                  $"{i + 1}. {step.Step.Rule} at {step.Step.Place}: {plain step.Before} = {plain step.After}{given}")
              |> section "steps"
          yield! section "refusals" (List.map refusal account.Refusals)
          yield! section "assumptions" (List.map positive account.Assumptions)
          ""
          ending account ]
        |> String.concat "\n"

    let markdown (title: string) derivation =
        let account = account derivation

        let rows =
            account.Steps
            |> List.mapi (fun i step ->
                let cells =
                    [ string (i + 1)
                      step.Step.Rule
                      step.Step.Place.ToString()
                      Markdown.code (plain step.Before)
                      Markdown.code (plain step.After)
                      step.Assumptions |> List.map (positive >> Markdown.code) |> String.concat ", " ]

                $"""| {cells |> List.map Markdown.cell |> String.concat " | "} |""")

        [ $"# {title}\n\n"
          Markdown.fence $"{plain account.Original}\n  = {plain account.Result}"
          "\n## Steps\n\n| | rule | at | before | after | if |\n| --- | --- | --- | --- | --- | --- |\n"
          for row in rows do
              row + "\n"
          $"\nThe derivation {ending account}.\n"
          Markdown.section "Where scales stopped" (List.map refusal account.Refusals)
          Markdown.section "Assumptions" (List.map (positive >> Markdown.code) account.Assumptions)
          Markdown.section "Names" (List.map (PlainText.definition >> Markdown.code) account.Definitions) ]
        |> String.concat ""

    let latex derivation =
        let account = account derivation

        /// Two networks, the second below the first where one is long.
        let equation before after =
            let right = Latex.lines after

            [ for line in Latex.lines before do
                  "& " + line
              "& \\quad = " + right.Head
              for line in right.Tail do
                  "& \\quad " + line ]

        let positive gain = Latex.expression gain + " > 0"

        let section heading lines =
            match lines with
            | [] -> []
            | lines -> $@"& {Latex.text heading}" :: lines

        [ yield! equation account.Original account.Result
          yield! section "where" (List.map Latex.definition account.Definitions)
          yield!
              account.Steps
              |> List.mapi (fun i step ->
                  let given = under @"\text{, if } " positive step
                  let heading = Latex.text $"{i + 1}. {step.Step.Rule} at {step.Step.Place}"
                  $"& {heading}{given}" :: equation step.Before step.After)
              |> List.concat
              |> section "steps"
          yield!
              account.Refusals
              |> List.map (fun r -> "& " + Latex.text (refusal r))
              |> section "refusals"
          yield!
              account.Assumptions
              |> List.map (fun gain -> "& " + positive gain)
              |> section "assumptions"
          "& " + Latex.text (ending account) ]
        |> Latex.aligned

    let json derivation =
        let account = account derivation

        let place (writer: Utf8JsonWriter) (place: Place) =
            writer.WriteStartObject "place"
            writer.WriteString("text", place.ToString())
            writer.WriteString("label", place.Label)
            Json.list writer "path" (fun (index: int) -> writer.WriteNumberValue index) place.Path
            writer.WriteEndObject()

        let network (writer: Utf8JsonWriter) (property: string) written =
            writer.WritePropertyName property
            Json.network writer written

        let assumptions (writer: Utf8JsonWriter) gains =
            Json.list
                writer
                "assumptions"
                (fun gain ->
                    writer.WriteStartObject()
                    writer.WriteString("text", positive gain)
                    writer.WritePropertyName "positive"
                    Json.expression writer gain
                    writer.WriteEndObject())
                gains

        Json.text (fun writer ->
            network writer "original" account.Original
            network writer "result" account.Result
            Json.definitions writer account.Definitions

            account.Steps
            |> Json.list writer "steps" (fun step ->
                writer.WriteStartObject()
                writer.WriteString("rule", step.Step.Rule)
                place writer step.Step.Place
                network writer "before" step.Before
                network writer "after" step.After
                assumptions writer step.Assumptions
                writer.WriteEndObject())

            account.Refusals
            |> Json.list writer "refusals" (fun r ->
                writer.WriteStartObject()
                writer.WriteString("rule", r.Rule)
                place writer r.Place
                writer.WriteString("reason", r.Reason)
                writer.WriteString("text", refusal r)
                writer.WriteEndObject())

            assumptions writer account.Assumptions
            writer.WriteStartObject "stop"

            match account.Stop with
            | Completed -> writer.WriteString("reason", "completed")
            | StepLimit limit ->
                writer.WriteString("reason", "step limit")
                writer.WriteNumber("limit", limit)

            writer.WriteEndObject())
