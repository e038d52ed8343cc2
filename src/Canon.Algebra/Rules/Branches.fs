namespace Canon.Algebra.Rules

open System
open System.Collections.Generic
open Canon.Algebra

/// What is written of a branch, and what is still to be written.
type private Piece =
    | Text of string
    | Part of Network

[<RequireQualifiedAccess>]
module Branches =

    let private before g branches =
        branches |> List.map (fun f -> Network.compose [ Scale g; f ])

    let private distributes name exactness law wrap matching =
        Rule.define name exactness law "calculus §2" (fun parts ->
            match parts with
            | Scale g :: junction :: _ ->
                match matching junction with
                | Some branches -> Rule.fires 2 [ wrap junction (before g branches) ]
                | None -> NoMatch
            | _ -> NoMatch)

    let private rebuilt junction branches =
        Traversal.withChildren branches junction

    let distribute =
        distributes
            "scale-distribution"
            BitExact
            "scale(g) -> sum[f, …] = sum[scale(g) -> f, …]; likewise concat, product, tuple, and an opaque of several inputs"
            rebuilt
            (fun junction ->
                match junction with
                | Sum(branches, _)
                | Concat(branches, _, _)
                | Product(branches, _)
                | Tuple branches -> Some branches
                // Scales may vanish: behind them alone an opaque stands like one that reads its input directly.
                | Opaque(_, [ single ]) when Network.isScales single -> None
                | Opaque(_, inputs) -> Some inputs
                | Linear _
                | UnitRowLinear _
                | Scale _
                | Activation _
                | Clip _
                | Spatial _
                | Rearrange _
                | Normalize _
                | Compose _
                | As _
                | Wire _ -> None)

    /// The branch without the scale at its end, and that scale.
    let private trailing branch =
        let parts = Network.parts branch

        match List.tryLast parts with
        | Some(Scale g) -> Network.compose (List.take (parts.Length - 1) parts), g
        | Some _
        | None -> branch, Gain.one

    let private followedBy g branch =
        if Gain.one = g then branch else Network.compose [ branch; Scale g ]

    /// What a branch looks like apart from names and numbers, written from the start as far as somebody reads: the order of branches must
    /// not depend on gains.
    let private skeleton network : char seq =
        let several kind networks =
            [ yield Text(kind + "[")

              for k, network in List.indexed networks do
                  if k > 0 then
                      yield Text ";"

                  yield Part network

              yield Text "]" ]

        let size (a: Affine) kernel =
            let count = Option.defaultValue 0 >> string
            let kernel = (Kernel.window kernel).Kernel |> List.map string |> String.concat "x"

            let grouping =
                match a.Weight.Grouping with
                | Groups groups -> "Groups " + string groups
                | Diagonal -> "Diagonal"

            [ Text("L" + count a.Weight.Rows + "x" + count a.Weight.Columns + kernel + grouping) ]

        let shown network =
            match network with
            | Linear(a, kernel, _) -> size a kernel
            | UnitRowLinear(rows, kernel, _) -> size rows.Coefficients kernel
            | Scale _ -> several "c" []
            | Activation(phi, _) -> [ Text(Activation.name phi) ]
            | Clip(lower, upper, _, _) -> [ Text(FormattableString.Invariant $"clip({lower},{upper})") ]
            | Spatial(operation, _) -> [ Text(string operation) ]
            | Rearrange(Rearrangement.Flatten _, _) -> [ Text "flatten" ]
            | Rearrange(rearrangement, _) -> [ Text(string rearrangement) ]
            | Normalize(normalization, epsilon, _, _) ->
                [ Text(FormattableString.Invariant $"{normalization}({epsilon})") ]
            | Compose parts ->
                // A part alone looks the same with a scale beside it and without.
                let shown =
                    parts
                    |> List.filter (function
                        | Scale _
                        | As _ -> false
                        | _ -> true)

                match shown with
                | [ single ] -> [ Part single ]
                | parts -> several "c" parts
            | Sum(branches, _) -> several "s" branches
            | Concat(branches, _, _) -> several "j" branches
            | Product(branches, _) -> several "p" branches
            | As _ -> several "c" []
            | Wire _ -> [ Text "w" ]
            | Tuple outputs -> several "t" outputs
            | Opaque(node, inputs) -> several ("o" + node.Name) inputs

        seq {
            let left = Stack [ Part network ]

            while left.Count > 0 do
                match left.Pop() with
                | Text text -> yield! text
                | Part network ->
                    for piece in List.rev (shown network) do
                        left.Push piece
        }

    /// The identity, then wires, then by skeleton, then as written.
    let private leadOrder branches =
        let isWire (branch: Network, _) = branch.IsWire

        let identities, others =
            branches |> List.partition (fun (branch, _) -> branch = Network.identity)

        let wires, others = others |> List.partition isWire

        let sorted =
            others
            |> List.sortWith (fun (a, _) (b, _) -> Seq.compareWith compare (skeleton a) (skeleton b))

        identities @ wires @ sorted

    let factorSum =
        Rule.define
            "sum-factoring"
            Exact
            "sum[f_k -> scale(g_k)] = sum[f_k -> scale(g_k / c)] -> scale(c), c per channel the first positive gain in branch order"
            "calculus §4"
            (fun parts ->
                match parts with
                | Sum(branches, label) :: _ ->
                    let split = branches |> List.map trailing
                    let ordered = leadOrder split
                    let lead = snd ordered.Head
                    let c = Gain.leader (List.map snd ordered)

                    if c.IsOne then
                        NoMatch
                    elif Gain.blocks lead then
                        Refused "the scale of the leading branch has zeros where its value need not be zero"
                    else
                        // Where the lead is zero its value is zero too, so that its own relative gain may be taken as 1; likewise
                        // that of every branch with the same gain.
                        let relative g =
                            if g = lead then Gain.one else Gain.divide g c

                        let produced = split |> List.map (fun (branch, g) -> followedBy (relative g) branch)

                        let assumptions =
                            if ordered.Length > 1 && Gain.isSymbolic lead then [ Positive lead ] else []

                        Rule.firesAssuming assumptions 1 [ Sum(produced, label); Scale c ]
                | _ -> NoMatch)

    /// A gain may be shared, but not where it is printed or computed: a concat of a value with itself doubles it.
    let private mostInConcat, mostNested = 10_000, 64

    let factorConcat =
        Rule.define
            "concat-factoring"
            BitExact
            "concat[f_k -> scale(g_k)] = concat[f_k] -> scale(g_1 ++ g_2 ++ …)"
            "calculus §2"
            (fun parts ->
                match parts with
                | Concat(branches, widths, label) :: _ ->
                    let stripped, gains = branches |> List.map trailing |> List.unzip

                    if gains |> List.forall _.IsOne then
                        NoMatch
                    elif gains |> List.sumBy (Gain.extent >> int64) > int64 mostInConcat then
                        Refused $"the scale would have more than {mostInConcat} parts"
                    elif gains |> List.exists (fun g -> Gain.nesting g >= mostNested) then
                        Refused $"the parts of the scale would lie deeper than {mostNested} in one another"
                    else
                        let widths =
                            List.map2 (fun g w -> Option.orElse w (Gain.length g)) gains widths.Known

                        if widths |> List.forall Option.isSome || gains |> List.forall Gain.isSymbolic then
                            Rule.fires
                                1
                                [ Concat(stripped, Widths widths, label)
                                  Scale(Gain.concat (List.zip gains widths)) ]
                        else
                            Refused "the width of a branch is not known; give the input's shape"
                | _ -> NoMatch)

    let factorProduct =
        Rule.define
            "product-factoring"
            Exact
            "product[f_k -> scale(g_k)] = product[f_k] -> scale(g_1 * g_2 * …)"
            "calculus §2"
            (fun parts ->
                match parts with
                | Product(branches, label) :: _ ->
                    let stripped, gains = branches |> List.map trailing |> List.unzip

                    if gains |> List.forall _.IsOne then
                        NoMatch
                    else
                        Rule.fires 1 [ Product(stripped, label); Scale(List.reduce Gain.multiply gains) ]
                | _ -> NoMatch)

    let all = [ distribute; factorConcat; factorProduct; factorSum ]
