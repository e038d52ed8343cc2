// A walk through the note "Manual Weight Normalization with Static Scaling Layers", section by section. It ends with exit code 1
// where something that it says does not hold. From the root of the repository:
//
//     dotnet run samples/note-walkthrough.cs
//
// note-walkthrough.fsx is the same walk in F#; note-walkthrough.txt is what both print.
#:project ../src/Canon.CSharp/Canon.CSharp.csproj
#:project ../src/Canon.Verification.CSharp/Canon.Verification.CSharp.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

using System.Globalization;
using Canon;

Say("Manual Weight Normalization with Static Scaling Layers, with numbers");

Heading("I. Weight-norm decomposition");
Applied("weight-norm-decomposition", "linear(W)");
Parameter w = Parameter.Matrix("W", new double[,] { { 3, 4 }, { 0, 2 } });
Network layer = Read("linear(W)", w);
Network decomposed = Apply("weight-norm-decomposition", layer);
IReadOnlyList<double> v = Rows(decomposed.Parts[0]);
Say($"For W = [3, 4; 0, 2] the gains are g = {Vector(decomposed.Canonicalize().Gain)}, and the rows of V are {Vector(v.Take(2))} and {Vector(v.Skip(2))}.");
Claim("Each row of V has norm 1, and g ⊙ (Vx) is Wx.",
    Near([Norm(v.Take(2)), Norm(v.Skip(2))], [1, 1]) && Near(layer.Evaluate([1, 2]), decomposed.Evaluate([1, 2])));

Heading("II. ReLU commutation");
Applied("activation-commutation", "scale(g) -> relu");
IReadOnlyList<double> left = Read("scale([5, 2]) -> relu").Evaluate([-1, 3]);
Claim($"At z = [-1, 3] and g = [5, 2] both sides are {Vector(left)}.", Near(left, Read("relu -> scale([5, 2])").Evaluate([-1, 3])));
Say("It is no law of tanh, and the rule says so:");
RuleOutcome refusal = Catalog("activation-commutation").Apply(Read("scale(g) -> tanh").Parts);
Show($"scale(g) -> tanh\n  refused: {refusal.Reason ?? Stop("the rule refuses tanh")}");
double inside = Read("scale([2]) -> tanh").Evaluate([1])[0], outside = Read("tanh -> scale([2])").Evaluate([1])[0];
Claim($"tanh(2 · 1) is {Number(inside)}, and 2 tanh(1) is {Number(outside)}.", inside < 1 && outside > 1);
Say("The scale stays in front of it: the magnitude is explicit there too.");
Show(Read("linear(W1) -> tanh -> linear(W2)").Canonicalize().Network.ToString());

Heading("III. Scale absorption");
Applied("scale-absorption", "scale(g) -> linear(W)");
LayerReport report = Read(
    "scale([3, 4]) -> linear(W)", Parameter.Matrix("W", new double[,] { { 1, 1 }, { 0, 2 } })).Canonicalize().Layers[0];
double[] own = [Norm([1, 1]), Norm([0, 2])];
double s = Norm([3, 4]);
Say($"For g = [3, 4] and W = [1, 1; 0, 2] the magnitudes are ‖g‖ = {Number(s)} and, of the rows, {Vector(own)};");
Say($"the interference ‖v ⊙ u‖ is {Vector(report.Interference)}, and the gain that leaves is {Vector(report.Gain)}.");
Claim("The gain that leaves is the product of the three.", Near(report.Gain, [.. own.Zip(report.Interference, (row, i) => row * s * i)]));
double half = Math.Sqrt(0.5);
Say("The note's flashlights:");
Flashlights([1, 0, 0], [1, 0, 0], 1);
Flashlights([1, 0], [0, 1], 0);
Flashlights([1, 0], [half, half], half);
Say("It is an overlap of energy, not of direction. Orthogonal vectors need not give 0, and equal ones need not give 1:");
Flashlights([half, -half], [half, half], half);
Flashlights([half, half], [half, half], half);

Heading("Propagating and consolidating magnitudes");
Network symbolic = Read("linear(W1) -> relu -> linear(W2)");
Derivation derivation = symbolic.Canonicalize().Derivation;
for (int i = 1; i <= derivation.Steps.Count; i++)
    Show($"{i}. {Strategy.Canonicalizing.Apply(symbolic, stepLimit: i).Result}   ({derivation.Steps[i - 1].Rule})");
Show(string.Join("\n", derivation.Result.ToStringWithDefinitions().Split('\n')[1..]));
Parameter w1 = Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } });
Parameter w2 = Parameter.Matrix("W2", new double[,] { { 1, -1 }, { 2, 0 } });
Network network = Read("linear(W1) -> relu -> linear(W2)", w1, w2);
CanonicalForm form = network.Canonicalize();
Derivation substituted = derivation.Substitute(new Dictionary<string, Parameter> { ["W1"] = w1, ["W2"] = w2 });
Claim("Numbers may be put in at the end: the steps are those of the network of numbers.",
    substituted.Result == form.Network && substituted.Steps.SequenceEqual(form.Derivation.Steps));
Say($"For W1 = [3, 4; 0, 2] and W2 = [1, -1; 2, 0] the one scale left is g2 = {Vector(form.Gain)}.");
double[] x = [1, -0.5];
Claim($"At x = [1, -0.5] the network gives {Vector(network.Evaluate(x))}, and so does its canonical form.",
    Near(network.Evaluate(x), form.Network.Evaluate(x)));

Heading("Global gain and direction");
Say($"g_scalar = {Number(form.GlobalGain)}, v_vector = {Vector(form.GainDirection)}");
Claim("g_scalar is the norm of g2, and v_vector has norm 1.", Near([Norm(form.Gain), Norm(form.GainDirection)], [form.GlobalGain, 1]));
double[] first = [3 * 3 + 4 * 4, 0 * 0 + 2 * 2];
double[] paths = [1 * 1 * first[0] + -1 * -1 * first[1], 2 * 2 * first[0] + 0 * 0 * first[1]];
Claim($"It is the path norm: (W2∘W2)(W1∘W1)1 is {Vector(paths)}, the squares of g2.", Near(paths, [.. form.Gain.Select(g => g * g)]));
CanonicalForm twin = Read(
    "linear(W1) -> relu -> linear(W2)",
    Parameter.Matrix("W1", new double[,] { { 30, 40 }, { 0, 1 } }),
    Parameter.Matrix("W2", new double[,] { { 0.1, -2 }, { 0.2, 0 } })).Canonicalize();
Claim("The same function with its hidden units rescaled by 10 and 1/2 has the same g2.", Near(form.Gain, twin.Gain));
Say("It measures the class of rescaled networks; it is no bound on the output.");

Heading("Bias terms");
Show(Read("linear(W1, b1) -> relu -> linear(W2, b2)").Canonicalize().Network.ToStringWithDefinitions());
Network biased = Read(
    "linear(W1, b1) -> relu -> linear(W2, b2)", w1, w2, Parameter.Vector("b1", [1, -2]), Parameter.Vector("b2", [0.5, 0]));
CanonicalForm biasedForm = biased.Canonicalize();
IReadOnlyList<double> b = new NetworkNumbers().Bias(UnitRows(biasedForm.Network.Parts[0]));
Say($"For b1 = [1, -2] the bias inside is b1 ⊘ g1 = {Vector(b)}: it is scaled with its row.");
Claim("The gains are those without biases.", Near(form.Gain, biasedForm.Gain) && Near(b, [1.0 / 5, -2.0 / 2]));
Claim($"At x = [1, -0.5] both sides are {Vector(biased.Evaluate(x))}.", Near(biased.Evaluate(x), biasedForm.Network.Evaluate(x)));

Heading("Skip connections");
const string residualText = "linear(W0) -> sum[id, linear(W1) -> relu -> linear(W2)] -> linear(W3)";
Show(Read(residualText).Canonicalize().Derivation.ToText());
Network residual = Read(
    residualText, w1, w2,
    Parameter.Matrix("W0", new double[,] { { 2, 0 }, { 0, 4 } }), Parameter.Matrix("W3", new double[,] { { 1, 1 } }));
CanonicalForm residualForm = residual.Canonicalize();
Say($"With W0 = [2, 0; 0, 4] the block speaks {Vector(residualForm.Branches[0].RelativeGain)} times as loudly as its stream, channel by channel.");
double[] y = [1, 0.5];
Claim($"At x = [1, 0.5] both sides are {Vector(residual.Evaluate(y))}.", Near(residual.Evaluate(y), residualForm.Network.Evaluate(y)));

Heading("A rule of one's own");
const string wrong = "linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?b)";
Show(wrong);
Counterexample found = Verdict(wrong).Counterexample ?? throw new InvalidOperationException("the rule is not refuted");
Claim("It is refuted, by one layer and one scale:", found.Network.Size == 3);
Show(found.Network.ToString());
Say($"At {Vector(found.Input)} it is {Vector(found.Expected)}, and {Vector(found.Actual)} after the rule: the bias is not scaled.");
const string right = "linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)";
Show(right);
Claim("It is verified.", Verdict(right).IsVerified);

Heading("Derivations are objects");
Claim("Replayed on the original the derivation gives its result.", form.Derivation.Replay(network) == form.Network);
DerivationReport checking = form.Derivation.Check();
Claim($"Each of its {checking.Steps.Count} steps is checked by itself, and sound.", checking.IsSound);
Claim("Inverted it leads back.", form.Derivation.Invert().Replay(form.Network) == network);
Network folded = form.Reconstitute(Gauge.Original);
Show($"{form.Network}\n  = {folded}");
Claim("With the norms that the weights had, the scales fold back into the network that we began with.", folded == network);

static string Stop(string message)
{
    Console.Error.WriteLine($"does not hold: {message}");
    Environment.Exit(1);
    return message;
}

static void Heading(string text) => Console.WriteLine($"\n{text}\n");

static void Say(string text) => Console.WriteLine(text);

static void Show(string text)
{
    foreach (string line in text.Split('\n'))
        Console.WriteLine(line == "" ? "" : "    " + line);
}

// A sentence that is checked before it is printed.
static void Claim(string text, bool holds) => Say(holds ? text : Stop(text));

static string Number(double x) => x.ToString("0.####", CultureInfo.InvariantCulture);

static string Vector(IEnumerable<double> xs) => $"[{string.Join(", ", xs.Select(Number))}]";

static bool Near(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
    a.Count == b.Count && a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-12 * Math.Max(1, Math.Abs(pair.First)));

static double Norm(IEnumerable<double> xs) => Math.Sqrt(xs.Sum(x => x * x));

// A network whose parameters have these values; the others are symbols.
static Network Read(string text, params IEnumerable<Parameter> known) => Network.Parse(text, known);

static Rule Catalog(string name) => Rule.Catalog.Single(rule => rule.Name == name);

// What a rule of the catalog makes of a network.
static Network Apply(string rule, Network network)
{
    RuleOutcome outcome = Catalog(rule).Apply(network.Parts);
    return Network.Compose(outcome.IsFired ? outcome.Produced : throw new InvalidOperationException(outcome.Reason ?? "no match"));
}

static void Applied(string rule, string text) =>
    Show($"{text}\n  = {Apply(rule, Read(text)).ToStringWithDefinitions().Replace("\n", "\n    ")}");

static LinearLayer UnitRows(Network term) =>
    Pattern.UnitRowLinear.TryMatch(term, out LinearLayer? layer) ? layer : throw new InvalidOperationException($"{term} has no unit rows");

static IReadOnlyList<double> Rows(Network term) => new NetworkNumbers().Weight(UnitRows(term));

// ‖v ⊙ u‖ as the layer's report has it.
static void Flashlights(double[] v, double[] u, double expected)
{
    Parameter row = Parameter.Matrix("V", 1, v.Length, v);
    double interference = Network.Scale(Gain.Of(u)).Then(Network.Linear(row)).Canonicalize().Layers[0].Interference[0];
    Claim($"    v = {Vector(v)}, u = {Vector(u)}: {Number(expected)}", Near([interference], [expected]));
}

static Verdict Verdict(string text) =>
    RuleText.TryReadAll(text, out IReadOnlyList<RuleText>? rules, out string? error)
        ? RuleVerifier.Verify(rules[0])
        : throw new FormatException(error);
