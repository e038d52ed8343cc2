// A walk through "Manual Weight Normalization with Static Scaling Layers", section by section. Every claim that is printed is
// checked; the script ends with exit code 1 where one does not hold. After `dotnet build`:
//
//     dotnet fsi samples/note-walkthrough.fsx

#I "../src/Canon.Cli/bin/Debug/net10.0"
#r "FParsec.dll"
#r "FParsecCS.dll"
#r "FsCheck.dll"
#r "Canon.Algebra.dll"
#r "Canon.Verification.dll"

open System
open System.Globalization
open Canon.Algebra
open Canon.Algebra.Analysis
open Canon.Verification

let say (line: string) = Console.WriteLine line

let section (title: string) =
    say ""
    say title
    say (String('-', title.Length))

let holds (claim: string) isTrue =
    if not isTrue then
        say $"this does not hold: {claim}"
        exit 1

    say $"holds: {claim}"

let ok result =
    match result with
    | Ok value -> value
    | Error(error: NetworkError) -> failwith error.Message

let parse text =
    match Parse.network text with
    | Ok network -> network
    | Error error -> failwith error.Message

let number (x: float) =
    x.ToString("0.####", CultureInfo.InvariantCulture)

let vector xs =
    xs |> Seq.map number |> String.concat ", " |> sprintf "[%s]"

let close a b = abs (a - b) <= 1e-12 * max 1.0 (abs b)

let matrix name (rows: float list list) =
    let values = Values.ofFloat64 (ReadOnlyMemory(rows |> List.concat |> List.toArray))
    Parameter.matrix name rows.Length rows.Head.Length false 1.0 values

let linear weight bias = Network.linear weight bias ""
let relu = Network.activation Relu ""

let derive network =
    Canonical.derive Canonical.options network |> ok

let isKept (derivation: Derivation) =
    let report =
        Check.compare Canonical.options false 16 1 derivation.Original derivation.Result
        |> ok

    report.MaxRelativeError < 1e-12

let globalGain (derivation: Derivation) =
    GlobalGain.ofCanonical (Numbers()) derivation.Result |> ok

let step name network =
    let rule = (Catalog.tryFind name).Value
    let found = Derivation.run 1 (Strategy.rule rule) network |> ok

    for _ in found.Steps do
        say $"{Print.network network} = {Print.network found.Result}"

    for refusal in found.Refusals do
        say $"{Print.network network}: {refusal.Rule} matched at {refusal.Place}, refused: {refusal.Reason}"

let w1 = matrix "W1" [ [ 3; 4 ]; [ 0; 2 ] ]

let b1 =
    Parameter.vector "b1" 1.0 (Values.ofFloat64 (ReadOnlyMemory [| 10.0; -1.0 |]))

let w2 = matrix "W2" [ [ 1; -1 ] ]

section "I. Weight-norm decomposition"
let layer = linear w1 (Some b1)
step "weight-norm-decomposition" layer
let form = derive layer

let gains derivation =
    (globalGain derivation).Gain |> Array.map Magnitude.toFloat

say $"g1 = {vector (gains form)}, the norms of the rows of W1"

let hasUnitRows unit =
    match unit with
    | UnitRowLinear(rows, _, _) ->
        Numbers().Dense rows.Coefficients
        |> ok
        |> Array.chunkBySize rows.Coefficients.Weight.Columns.Value
        |> Array.forall (fun row -> close (sqrt (Array.sumBy (fun x -> x * x) row)) 1.0)
    | _ -> false

holds "each row of V1 has norm 1" (hasUnitRows (Network.parts form.Result).Head)
holds "the bias is carried inside, b1' = b1 / g1" (Print.network form.Result = "unit_row_linear(V1, b1') -> scale(g1)")
holds "both sides are the same function" (isKept form)

section "II. ReLU commutation"
step "activation-commutation" (parse "scale(g) -> relu")
step "activation-commutation" (parse "scale(g) -> square")
step "activation-commutation" (parse "scale(g) -> tanh")

section "III. Scale absorption"
step "scale-absorption" (parse "scale(g_in) -> linear(W)")
say "g_out = |w| * |g_in| * interference, the interference being |v . u| of unit vectors v and u, entry by entry"

let interference (v: float list) (u: float list) expected =
    let absorbed =
        derive (Network.compose [ Scale(Gain.ofValues u); linear (matrix "W" [ v ]) None ])

    let found = (Layers.reports (Numbers()) absorbed.Result |> ok).Head.Interference[0]
    holds $"v along {vector v}, u along {vector u}: {number found}" (close found expected)

let root = sqrt 0.5
interference [ 1; 0 ] [ 1; 0 ] 1.0
interference [ 1; 0 ] [ 0; 1 ] 0.0
interference [ 1; 0 ] [ 1; 1 ] root
say "it is an overlap of energy, not of direction:"
interference [ 1; -1 ] [ 1; 1 ] root
interference [ 1; 1 ] [ 1; 1 ] root

section "Propagating and consolidating magnitudes"
let symbolic = derive (parse "linear(W1) -> relu -> linear(W2)")

for line in (DerivationDocument.text symbolic).TrimEnd().Split '\n' do
    say (line.TrimEnd())

let values =
    { Substitution.empty with
        Parameters = Map [ "W1", w1; "W2", w2 ] }

let numeric = derive (Network.compose [ linear w1 None; relu; linear w2 None ])
say ""
say "with W1 = [3 4; 0 2] and W2 = [1 -1]:"

holds
    "values put for the symbols give the derivation of the numbers"
    ((Derivation.substitute values symbolic |> ok).Result = numeric.Result)

holds "both sides are the same function" (isKept numeric)

section "Interpretation: the global gain"
let global' = globalGain numeric
let scalar = Magnitude.toFloat global'.Scalar
say $"g_final = {vector (gains numeric)}, g_scalar = {number scalar}, v_vector = {vector global'.Direction}"
let pathNorm = sqrt ((3.0 * 3.0 + 4.0 * 4.0) * 1.0 + (0.0 + 2.0 * 2.0) * 1.0)
holds $"g_scalar is the path norm {number pathNorm}: one pass of the squared weights over ones" (close scalar pathNorm)

let rescaled =
    derive (
        Network.compose
            [ linear (matrix "W1" [ [ 30; 40 ]; [ 0; 1 ] ]) None
              relu
              linear (matrix "W2" [ [ 0.1; -2 ] ]) None ]
    )

holds
    "moving magnitude between layers does not change it"
    (close (Magnitude.toFloat (globalGain rescaled).Scalar) scalar)

section "Practical considerations: bias terms and skip connections"
say (Print.network (derive (parse "linear(W1, b1) -> relu -> linear(W2, b2)")).Result)

let residual =
    parse "linear(W0) -> sum[id, linear(W1) -> relu -> linear(W2)] -> linear(W3)"

say (Print.network (derive residual).Result)

let drawn =
    Instantiate.sizes Instantiate.smallSizes [ residual ]
    |> Result.bind (Instantiate.values 1)
    |> ok

holds "a skip connection keeps the function too" (isKept (derive drawn.Networks.Head))

section "A rule of one's own"

let rule text =
    match RuleText.parse text with
    | Ok rule -> rule
    | Error error -> failwith error.Message

let verdict =
    RuleVerifier.verify RuleVerifier.options (rule "fold: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?b)")

say ((Verdict.describe verdict).Split("\ntried")[0])
holds "a rule that forgets to scale the bias is refuted" verdict.IsRefuted

let right =
    rule "fold: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)"

holds "the rule that scales it is verified" (RuleVerifier.verify RuleVerifier.options right).IsVerified

section "Derivations are objects"

holds
    "replayed on the original, a derivation gives its result"
    (Derivation.replay numeric numeric.Original = Ok numeric.Result)

holds "inverted, it leads back" (Derivation.replay (Derivation.invert numeric) numeric.Result = Ok numeric.Original)

holds "every step is checked by itself" (DerivationCheck.run DerivationCheck.options numeric |> ok).IsSound
