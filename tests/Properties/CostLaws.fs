/// Work is counted, not timed: what a layer costs does not grow with the length of the chain.
module Canon.Properties.CostLaws

open System
open Canon.Algebra
open Canon.Algebra.Rules
open Xunit

let private linear k =
    Network.linear (Parameter.symbolic $"W%06d{k}" None None) None ""

let private relu = Network.activation Relu ""
let private tanh = Network.activation Tanh ""

let private block k =
    Network.sum [ Network.identity; Network.compose [ linear k; relu; linear (k + 1) ] ] ""

let private make kind layers =
    match kind with
    | "relu" -> [ 1..layers ] |> List.collect (fun k -> [ linear k; relu ])
    | "tanh" -> [ 1..layers ] |> List.collect (fun k -> [ linear k; tanh ])
    | "residual" -> linear 0 :: [ for k in 1..2..layers -> block k ]
    | other -> Law.fail other
    |> Network.compose

let private derive network =
    Canonical.derive Canonical.options network |> Law.ok

let private replay (derivation: Derivation) =
    match Derivation.replay derivation derivation.Original with
    | Ok result -> result
    | Error error -> Law.fail error.Message

let private bytes (work: unit -> 'a) =
    let before = GC.GetAllocatedBytesForCurrentThread()
    work () |> ignore
    float (GC.GetAllocatedBytesForCurrentThread() - before)

/// Between 2,000 and 20,000 layers the bytes a layer grow by a quarter at most; where every step cost a walk, they would grow tenfold.
let private isLinear (prepare: Network -> 'a) (work: 'a -> 'b) kind =
    let each layers =
        let input = prepare (make kind layers)
        bytes (fun () -> work input) / float layers

    each 200 |> ignore
    let short, long = each 2_000, each 20_000
    Law.isTrue $"{short:F0} bytes a layer become {long:F0}" (long < 1.25 * short)

[<Theory>]
[<InlineData "relu">]
[<InlineData "tanh">]
[<InlineData "residual">]
let ``Canonicalising allocates a constant number of bytes a layer`` kind = isLinear id derive kind

[<Theory>]
[<InlineData "relu">]
[<InlineData "tanh">]
[<InlineData "residual">]
let ``Replay allocates a constant number of bytes a layer`` kind = isLinear derive replay kind

[<Theory>]
[<InlineData "relu">]
[<InlineData "tanh">]
[<InlineData "residual">]
let ``Printing allocates a constant number of bytes a layer`` kind =
    isLinear (fun network -> (derive network).Result) Print.document kind

[<Theory>]
[<InlineData "relu">]
[<InlineData "tanh">]
[<InlineData "residual">]
let ``Parsing allocates a constant number of bytes a layer`` kind =
    isLinear Print.document Parse.network kind

/// How often rules are asked on a chain, a step.
let private attempts strategy kind layers =
    let asked = ref 0

    let counting (rule: Rule) =
        { rule with
            Apply =
                fun parts ->
                    asked.Value <- asked.Value + 1
                    rule.Apply parts }

    let derivation =
        Derivation.run Int32.MaxValue (strategy (List.map counting)) (make kind layers)
        |> Law.ok

    float asked.Value / float derivation.Steps.Length

let private sweep count =
    Strategy.sweep Wires.copy (count (Canonical.settling RowNorm))

[<Theory>]
[<InlineData "relu">]
[<InlineData "tanh">]
[<InlineData "residual">]
let ``The sweep asks a constant number of rules a step`` kind =
    let short, long = attempts sweep kind 200, attempts sweep kind 20_000
    Law.isTrue $"{short:F1} rules asked a step become {long:F1}" (long < 1.02 * short)

[<Fact>]
let ``A strategy that searches from the start asks more rules a step the longer the chain`` () =
    let innermost count =
        Strategy.innermost (count (Canonical.moves RowNorm))

    Assert.True(attempts innermost "relu" 200 > 5.0 * attempts innermost "relu" 20)

/// Sums in sums: what decides the order of branches is read as far as it differs, not written down at each depth.
[<Fact>]
let ``Canonicalising nested sums allocates a constant number of bytes a sum`` () =
    let nested depth =
        (linear 0, [ 1..depth ])
        ||> List.fold (fun inner k -> Network.sum [ inner; Network.compose [ linear k; relu; linear (depth + k) ] ] "")

    let each depth =
        let network = nested depth
        bytes (fun () -> derive network) / float depth

    each 50 |> ignore
    let short, long = each 100, each 400
    Law.isTrue $"{short:F0} bytes a sum become {long:F0}" (long < 1.25 * short)
