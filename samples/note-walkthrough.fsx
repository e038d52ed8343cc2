// A walk through the note "Manual Weight Normalization with Static Scaling Layers", section by section. It ends with exit code 1
// where something that it says does not hold. From the root of the repository:
//
//     dotnet build src/Canon.Verification
//     dotnet fsi --lib:src/Canon.Verification/bin/Debug/net10.0 samples/note-walkthrough.fsx
//
// note-walkthrough.cs is the same walk in C#; note-walkthrough.txt is what both print.
#r "FParsec.dll"
#r "System.Numerics.Tensors.dll"
#r "FsCheck.dll"
#r "Canon.Algebra.dll"
#r "Canon.Verification.dll"

open System
open System.Globalization
open Canon.Algebra
open Canon.Algebra.Analysis
open Canon.Verification

let stop (message: string) =
    eprintfn "does not hold: %s" message
    exit 1

let value message result =
    match result with
    | Ok value -> value
    | Error error -> stop (message error)

let ok result =
    value (fun (error: NetworkError) -> error.Message) result

let read result =
    value (fun (error: NotationError) -> error.Message) result

let replayed result =
    value (fun (error: ReplayError) -> error.Message) result

let heading text = printfn "\n%s\n" text
let say (text: string) = printfn "%s" text

let show (text: string) =
    for line in text.Split '\n' do
        printfn "%s" (if line = "" then "" else "    " + line)

/// A sentence that is checked before it is printed.
let claim text holds =
    if holds then say text else stop text

let number (x: float) =
    x.ToString("0.####", CultureInfo.InvariantCulture)

let vector (xs: float seq) =
    xs |> Seq.map number |> String.concat ", " |> sprintf "[%s]"

let near (a: float seq) (b: float seq) =
    Seq.length a = Seq.length b
    && Seq.forall2 (fun x y -> abs (x - y) <= 1e-12 * max 1.0 (abs x)) a b

let norm (xs: float seq) = xs |> Seq.sumBy (fun x -> x * x) |> sqrt

let matrix name (rows: float list list) =
    Parameter.matrix name rows.Length rows.Head.Length false 1.0 (Values.ofFloat64 (ReadOnlyMemory(rows |> List.concat |> Array.ofList)))

let vectorOf name (entries: float list) =
    Parameter.vector name 1.0 (Values.ofFloat64 (ReadOnlyMemory(Array.ofList entries)))

/// A network whose parameters have these values; the others are symbols.
let network (parameters: Parameter list) text =
    Parse.networkWith (fun name -> parameters |> List.tryFind (fun p -> p.Name = name)) text |> read

let at x network = Evaluate.vector network (Array.ofList x) |> ok
let canonical network = Canonical.derive Canonical.options network |> ok
let numbers = Numbers()

let entries gain =
    numbers.Gain gain |> ok |> Array.map Magnitude.toFloat

let finalGain network =
    (GlobalGain.ofCanonical numbers network |> ok).Gain |> Array.map Magnitude.toFloat

let layers network = Layers.reports numbers network |> ok

/// The rows of a layer of unit rows.
let rows term =
    match term with
    | UnitRowLinear(rows, _) ->
        numbers.Dense rows.Coefficients
        |> ok
        |> Array.chunkBySize rows.Coefficients.Weight.Columns.Value
    | other -> stop $"{Print.network other} has unit rows"

/// What a rule of the catalog makes of a network.
let apply rule network =
    match (Catalog.tryFind rule).Value.Apply(Network.parts network) with
    | Fired rewrite -> Ok(Network.compose rewrite.Produced)
    | Refused reason -> Error reason
    | NoMatch -> Error "no match"

let applied rule text =
    let before = network [] text
    let after = apply rule before |> value id |> Print.document
    show (text + "\n  = " + after.Replace("\n", "\n    "))

say "Manual Weight Normalization with Static Scaling Layers, with numbers"

heading "I. Weight-norm decomposition"
applied "weight-norm-decomposition" "linear(W)"
let w = matrix "W" [ [ 3; 4 ]; [ 0; 2 ] ]
let layer = network [ w ] "linear(W)"
let decomposed = apply "weight-norm-decomposition" layer |> value id
let v = rows (Network.parts decomposed).Head
let g = finalGain decomposed
say $"For W = [3, 4; 0, 2] the gains are g = {vector g}, and the rows of V are {vector v[0]} and {vector v[1]}."
claim "Each row of V has norm 1, and g ⊙ (Vx) is Wx." (near [ 1; 1 ] (v |> Array.map norm) && near (at [ 1; 2 ] layer) (at [ 1; 2 ] decomposed))

heading "II. ReLU commutation"
applied "activation-commutation" "scale(g) -> relu"
let scaled = network [] "scale([5, 2]) -> relu"
let z = [ -1.0; 3.0 ]
claim $"At z = [-1, 3] and g = [5, 2] both sides are {vector (at z scaled)}." (near (at z scaled) (at z (network [] "relu -> scale([5, 2])")))
say "It is no law of tanh, and the rule says so:"
let refused = network [] "scale(g) -> tanh"

match apply "activation-commutation" refused with
| Error reason -> show $"{Print.network refused}\n  refused: {reason}"
| Ok _ -> stop "the rule refuses tanh"

let inside, outside = at [ 1 ] (network [] "scale([2]) -> tanh"), at [ 1 ] (network [] "tanh -> scale([2])")
claim $"tanh(2 · 1) is {number inside[0]}, and 2 tanh(1) is {number outside[0]}." (inside[0] < 1.0 && outside[0] > 1.0)
say "The scale stays in front of it: the magnitude is explicit there too."
show (Print.network (canonical (network [] "linear(W1) -> tanh -> linear(W2)")).Result)

heading "III. Scale absorption"
applied "scale-absorption" "scale(g) -> linear(W)"
let incoming, weight = [ 3.0; 4.0 ], [ [ 1.0; 1.0 ]; [ 0.0; 2.0 ] ]
let report = layers (canonical (network [ matrix "W" weight ] "scale([3, 4]) -> linear(W)")).Result |> List.head
let out = report.Gain |> Array.map Magnitude.toFloat
let own, s = weight |> List.map norm, norm incoming
say $"For g = [3, 4] and W = [1, 1; 0, 2] the magnitudes are ‖g‖ = {number s} and, of the rows, {vector own};"
say $"the interference ‖v ⊙ u‖ is {vector report.Interference}, and the gain that leaves is {vector out}."
claim "The gain that leaves is the product of the three." (near out (List.map2 (fun w i -> w * s * i) own (List.ofArray report.Interference)))

/// ‖v ⊙ u‖ as the layer's report has it.
let interference (v: float list) (u: float list) =
    let text = u |> List.map (fun x -> x.ToString("R", CultureInfo.InvariantCulture)) |> String.concat ", "
    (layers (canonical (network [ matrix "V" [ v ] ] $"scale([{text}]) -> linear(V)")).Result).Head.Interference[0]

let flashlights v u expected =
    claim $"    v = {vector v}, u = {vector u}: {number expected}" (near [ expected ] [ interference v u ])

let half = sqrt 0.5
say "The note's flashlights:"
flashlights [ 1; 0; 0 ] [ 1; 0; 0 ] 1
flashlights [ 1; 0 ] [ 0; 1 ] 0
flashlights [ 1; 0 ] [ half; half ] half
say "It is an overlap of energy, not of direction. Orthogonal vectors need not give 0, and equal ones need not give 1:"
flashlights [ half; -half ] [ half; half ] half
flashlights [ half; half ] [ half; half ] half

heading "Propagating and consolidating magnitudes"
let symbolic = network [] "linear(W1) -> relu -> linear(W2)"
let derivation = canonical symbolic

derivation.Steps
|> List.iteri (fun i step ->
    let partial = Derivation.run (i + 1) (Canonical.sweep RowNorm) symbolic |> ok
    show $"{i + 1}. {Print.network partial.Result}   ({step.Rule})")

show ((Print.document derivation.Result).Split('\n')[1..] |> String.concat "\n")
let w1, w2 = [ [ 3.0; 4.0 ]; [ 0.0; 2.0 ] ], [ [ 1.0; -1.0 ]; [ 2.0; 0.0 ] ]
let values = [ matrix "W1" w1; matrix "W2" w2 ]
let numeric = network values "linear(W1) -> relu -> linear(W2)"
let numericDerivation = canonical numeric

let substitution =
    { Parameters = Map [ for p in values -> p.Name, p ]
      Gains = Map.empty }

let substituted = Derivation.substitute substitution derivation |> ok
claim "Numbers may be put in at the end: the steps are those of the network of numbers." (substituted.Result = numericDerivation.Result && substituted.Steps = numericDerivation.Steps)
let final = numericDerivation.Result
let g2 = finalGain final
say $"For W1 = [3, 4; 0, 2] and W2 = [1, -1; 2, 0] the one scale left is g2 = {vector g2}."
let x = [ 1.0; -0.5 ]
claim $"At x = [1, -0.5] the network gives {vector (at x numeric)}, and so does its canonical form." (near (at x numeric) (at x final))

heading "Global gain and direction"
let gain = GlobalGain.ofCanonical numbers final |> ok
say $"g_scalar = {number (Magnitude.toFloat gain.Scalar)}, v_vector = {vector gain.Direction}"
claim "g_scalar is the norm of g2, and v_vector has norm 1." (near [ norm g2 ] [ Magnitude.toFloat gain.Scalar ] && near [ 1 ] [ norm gain.Direction ])

let squares m u =
    m |> List.map (fun row -> List.map2 (fun w x -> w * w * x) row u |> List.sum)

let paths = squares w2 (squares w1 [ 1.0; 1.0 ])
claim $"It is the path norm: (W2∘W2)(W1∘W1)1 is {vector paths}, the squares of g2." (near paths (g2 |> Array.map (fun g -> g * g)))
let rescaled = [ matrix "W1" [ [ 30; 40 ]; [ 0; 1 ] ]; matrix "W2" [ [ 0.1; -2 ]; [ 0.2; 0 ] ] ]
let twin = canonical (network rescaled "linear(W1) -> relu -> linear(W2)")
claim "The same function with its hidden units rescaled by 10 and 1/2 has the same g2." (near g2 (finalGain twin.Result))
say "It measures the class of rescaled networks; it is no bound on the output."

heading "Bias terms"
show (Print.document (canonical (network [] "linear(W1, b1) -> relu -> linear(W2, b2)")).Result)
let biases = [ vectorOf "b1" [ 1; -2 ]; vectorOf "b2" [ 0.5; 0 ] ]
let biased = network (values @ biases) "linear(W1, b1) -> relu -> linear(W2, b2)"
let biasedForm = (canonical biased).Result

match Network.parts biasedForm with
| UnitRowLinear(first, _) :: _ ->
    let b = (numbers.DenseBias first.Coefficients |> ok).Value
    say $"For b1 = [1, -2] the bias inside is b1 ⊘ g1 = {vector b}: it is scaled with its row."
    claim "The gains are those without biases." (near g2 (finalGain biasedForm) && near b [ 1.0 / 5.0; -2.0 / 2.0 ])
| _ -> stop "the form begins with unit rows"

claim $"At x = [1, -0.5] both sides are {vector (at x biased)}." (near (at x biased) (at x biasedForm))

heading "Skip connections"
let residualText = "linear(W0) -> sum[id, linear(W1) -> relu -> linear(W2)] -> linear(W3)"
show (DerivationDocument.text (canonical (network [] residualText)))
let others = [ matrix "W0" [ [ 2; 0 ]; [ 0; 4 ] ]; matrix "W3" [ [ 1; 1 ] ] ]
let residual = network (values @ others) residualText
let residualForm = (canonical residual).Result
let branches = Layers.branches numbers residualForm |> ok
let loudness = branches.Head.RelativeGain |> Array.map Magnitude.toFloat
say $"With W0 = [2, 0; 0, 4] the block speaks {vector loudness} times as loudly as its stream, channel by channel."
let y = [ 1.0; 0.5 ]
claim $"At x = [1, 0.5] both sides are {vector (at y residual)}." (near (at y residual) (at y residualForm))

heading "A rule of one's own"

let verdict text =
    match RuleText.file text |> read with
    | [ rule ] -> RuleVerifier.verifyText RuleVerifier.options rule
    | _ -> stop "one rule"

let wrong = "linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?b)"
show wrong

match verdict wrong with
| Refuted(found, _) ->
    claim "It is refuted, by one layer and one scale:" (Traversal.size found.Network = 3)
    show (Print.network found.Network)

    match found.Fault with
    | OutputsDiffer(input, _, expected, actual) ->
        say $"At {vector input} it is {vector expected}, and {vector actual} after the rule: the bias is not scaled."
    | other -> stop other.Message
| other -> stop (Verdict.describe other)

let right = "linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)"
show right
claim "It is verified." (verdict right).IsVerified

heading "Derivations are objects"
claim "Replayed on the original the derivation gives its result." (replayed (Derivation.replay numericDerivation numeric) = final)
let checking = DerivationCheck.run DerivationCheck.options numericDerivation |> ok
claim $"Each of its {checking.Steps.Length} steps is checked by itself, and sound." checking.IsSound
let back = Derivation.invert numericDerivation
claim "Inverted it leads back." (replayed (Derivation.replay back final) = numeric)
let folded = Reconstitution.reconstitute RowNorm OriginalGauge final |> ok
show $"{Print.network final}\n  = {Print.network folded}"
claim "With the norms that the weights had, the scales fold back into the network that we began with." (folded = numeric)
