namespace Canon.Algebra

open System

[<Sealed>]
type RuleText internal (written: WrittenRule, name: string, line: int, misfit: NotationError option) =

    let length = List.length (Matching.parts written.Left)

    /// The assumptions under which the guards hold, or why one does not.
    let guards (resolver: Resolver) =
        let check guard =
            match guard with
            | Guard.Positive expression ->
                let g = resolver.Gain expression

                match Positivity.ofGain g with
                | Positivity.Holds -> Ok []
                | Positivity.Assumed -> Ok [ Positive g ]
                | Positivity.NotKnown reason ->
                    Error $"{Notation(false).WriteGain g} is not known to be positive: {reason}"
            | Guard.Homogeneous(variable, degree) ->
                match resolver.Terms variable with
                | [ Activation(phi, _) ] ->
                    match Activation.homogeneity phi with
                    | Degree found when found = degree -> Ok []
                    | Degree found ->
                        Error $"{Activation.name phi} is positively homogeneous of degree {found}, not {degree}"
                    | NotHomogeneous reason -> Error reason
                | _ -> Error $"what ?{snd variable} stands for is no activation"

        written.Guards
        |> List.fold
            (fun found guard ->
                match found with
                | Error _ -> found
                | Ok assumptions -> check guard |> Result.map (List.append assumptions))
            (Ok [])

    let apply terms =
        match Matching.first written.Left terms with
        | None -> NoMatch
        | Some bindings ->
            let resolver = Resolver(RuleNames bindings)

            try
                match guards resolver with
                | Error reason -> Refused reason
                | Ok assumptions ->
                    Rule.firesAssuming assumptions length (Network.parts (resolver.Network written.Right))
            with Reading.Wrong error ->
                Refused error.Reason

    let rule = Rule.define name Exact written.Text "written" apply

    member _.Rule = rule
    member _.Text = written.Text
    member _.Line = line
    member _.Misfit = misfit

    member _.Redex (size: int) (seed: int) =
        let random = Random seed
        let pick _ = 1 + random.Next(max 1 size)

        Instantiate.sizes pick [ Metavariables.instance (Some random) written.Left ]
        |> Result.bind (Instantiate.values seed)
        |> Result.toOption
        |> Option.map (fun sized -> sized.Networks.Head, sized.Options)

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module RuleText =

    let private start = { Line = 1; Column = 1 }

    /// Sizes that are equal only where the left side says so.
    let private distinctSizes k =
        Seq.initInfinite (fun i -> i + 2)
        |> Seq.filter (fun n -> Seq.forall (fun d -> n % d <> 0) (seq { 2 .. n - 1 }))
        |> Seq.item k

    /// An error of a rule, as one of the file where the rule begins at a line.
    let private inFile line (error: NotationError) =
        { error with
            At.Line = line - 1 + error.At.Line }

    let private misfit (written: WrittenRule) (instance: Network) =
        let shape (options: CanonicalOptions) network =
            Shape.infer options.Wires options.Input network

        match Instantiate.sizes distinctSizes [ instance ] with
        | Error error ->
            Some
                { At = start
                  Reason = $"the left side fits no network: {error.Message}" }
        | Ok sized ->
            let left = sized.Networks.Head

            match Matching.first written.Left (Network.parts left) with
            | None -> None
            | Some bindings ->
                let right = Resolver(RuleNames bindings).Network written.Right

                let at reason =
                    Some { At = written.Arrow; Reason = reason }

                let example = Print.withShapes left

                // Behind an opaque nothing is known of the right side.
                let agree expected actual =
                    Option.forall (fun n -> expected = Some n) actual

                match shape sized.Options left, shape sized.Options right with
                | Ok expected, Ok actual when
                    agree expected.Channels actual.Channels
                    && (actual.Space.IsNone || actual.Space = expected.Space)
                    ->
                    None
                | _, Ok _ -> at $"the right side has another shape than the left, as in {example}"
                | _, Error error ->
                    at $"the right side does not fit where the left does, as in {example}: {error.Message}"

    let private read name line (written: WrittenRule) =
        if (Matching.parts written.Left).IsEmpty then
            Reading.wrong start "the left side of a rule has at least one term"

        let instance = Metavariables.instance None written.Left

        match Matching.first written.Left (Network.parts instance) with
        | None -> Reading.wrong start "the left side does not match itself"
        | Some bindings ->
            let resolver = Resolver(RuleNames bindings)
            resolver.Network written.Right |> ignore

            for guard in written.Guards do
                match guard with
                | Guard.Positive g -> resolver.Gain g |> ignore
                | Guard.Homogeneous(variable, _) -> resolver.Terms variable |> ignore

            RuleText(
                written,
                Option.defaultValue name written.Name,
                line,
                misfit written instance |> Option.map (inFile line)
            )

    let parse text =
        Reading.guard (fun () ->
            let rule = read "rule" 1 (Grammar.read RuleGrammar.rule text)

            match rule.Misfit with
            | Some error -> Reading.wrong error.At error.Reason
            | None -> rule.Rule)

    let file (text: string) =
        Reading.guard (fun () ->
            let rules =
                text.Split '\n'
                |> Seq.indexed
                |> Seq.choose (fun (index, line) ->
                    let number = index + 1

                    try
                        Grammar.read RuleGrammar.line line |> Option.map (read $"rule-{number}" number)
                    with Reading.Wrong error ->
                        raise (Reading.Wrong(inFile number error)))
                |> List.ofSeq

            rules
            |> List.countBy _.Rule.Name
            |> List.tryFind (fun (_, count) -> count > 1)
            |> Option.iter (fun (name, _) ->
                let last = rules |> List.findBack (fun rule -> rule.Rule.Name = name)
                Reading.wrong { Line = last.Line; Column = 1 } $"there are two rules of the name {name}")

            if rules.IsEmpty then
                Reading.wrong start "there is no rule; a rule is written left => right, one a line"

            rules)
