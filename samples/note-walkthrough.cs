#:project ../src/Canon.Verification.CSharp/Canon.Verification.CSharp.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

// A walk through "Manual Weight Normalization with Static Scaling Layers", section by section. Every claim that is printed is
// checked; the program ends with exit code 1 where one does not hold.
//
//     dotnet run samples/note-walkthrough.cs

using System.Globalization;
using Canon;

var w1 = Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } });
var b1 = Parameter.Vector("b1", [10, -1]);
var w2 = Parameter.Matrix("W2", new double[,] { { 1, -1 } });

Section("I. Weight-norm decomposition");
var layer = Network.Linear(w1, b1);
Step("weight-norm-decomposition", layer);
var form = layer.Canonicalize();
Say($"g1 = {Vector(form.Gain)}, the norms of the rows of W1");
Holds("each row of V1 has norm 1", UnitRows(form.Network.Parts[0]));
Holds("the bias is carried inside, b1' = b1 / g1", form.Network.ToString() == "unit_row_linear(V1, b1') -> scale(g1)");
Holds("both sides are the same function", form.Check().MaxRelativeError < 1e-12);

Section("II. ReLU commutation");
Step("activation-commutation", Network.Parse("scale(g) -> relu"));
Step("activation-commutation", Network.Parse("scale(g) -> square"));
Step("activation-commutation", Network.Parse("scale(g) -> tanh"));

Section("III. Scale absorption");
Step("scale-absorption", Network.Parse("scale(g_in) -> linear(W)"));
Say("g_out = |w| * |g_in| * interference, the interference being |v . u| of unit vectors v and u, entry by entry");
double root = Math.Sqrt(0.5);
Interference([1, 0], [1, 0], 1);
Interference([1, 0], [0, 1], 0);
Interference([1, 0], [1, 1], root);
Say("it is an overlap of energy, not of direction:");
Interference([1, -1], [1, 1], root);
Interference([1, 1], [1, 1], root);

Section("Propagating and consolidating magnitudes");
var symbolic = Network.Parse("linear(W1) -> relu -> linear(W2)").Canonicalize().Derivation;
foreach (var line in symbolic.ToText().TrimEnd().Split('\n'))
    Say(line.TrimEnd());
var values = new Dictionary<string, Parameter> { ["W1"] = w1, ["W2"] = w2 };
var network = Network.Linear(w1).Then(Network.Relu, Network.Linear(w2));
var numeric = network.Canonicalize();
Say();
Say("with W1 = [3 4; 0 2] and W2 = [1 -1]:");
Holds("values put for the symbols give the derivation of the numbers", symbolic.Substitute(values).Result == numeric.Network);
Holds("both sides are the same function", numeric.Check().MaxRelativeError < 1e-12);

Section("Interpretation: the global gain");
Say($"g_final = {Vector(numeric.Gain)}, g_scalar = {Number(numeric.GlobalGain)}, v_vector = {Vector(numeric.GainDirection)}");
double pathNorm = Math.Sqrt((3 * 3 + 4 * 4) * 1 + (0 + 2 * 2) * 1);
Holds($"g_scalar is the path norm {Number(pathNorm)}: one pass of the squared weights over ones", Close(numeric.GlobalGain, pathNorm));
var rescaled = Network.Linear(Parameter.Matrix("W1", new double[,] { { 30, 40 }, { 0, 1 } }))
    .Then(Network.Relu, Network.Linear(Parameter.Matrix("W2", new double[,] { { 0.1, -2 } })));
Holds("moving magnitude between layers does not change it", Close(rescaled.Canonicalize().GlobalGain, numeric.GlobalGain));

Section("Practical considerations: bias terms and skip connections");
Say(Network.Parse("linear(W1, b1) -> relu -> linear(W2, b2)").Canonicalize().Network.ToString());
var residual = Network.Parse("linear(W0) -> sum[id, linear(W1) -> relu -> linear(W2)] -> linear(W3)");
Say(residual.Canonicalize().Network.ToString());
var drawn = residual.WithRandomValues(1);
Holds("a skip connection keeps the function too", drawn.Canonicalize().Check().MaxRelativeError < 1e-12);

Section("A rule of one's own");
var wrong = Rule.Parse("fold: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?b)");
var verdict = RuleVerifier.Verify(wrong);
Say(verdict.ToString().Split("\ntried")[0].Split('\n'));
Holds("a rule that forgets to scale the bias is refuted", verdict.Status == VerdictStatus.Refuted);
var right = Rule.Parse("fold: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)");
Holds("the rule that scales it is verified", RuleVerifier.Verify(right).IsVerified);

Section("Derivations are objects");
var derivation = numeric.Derivation;
Holds("replayed on the original, a derivation gives its result", derivation.Replay(derivation.Original) == derivation.Result);
Holds("inverted, it leads back", derivation.Invert().Replay(derivation.Result) == derivation.Original);
Holds("every step is checked by itself", derivation.Check().IsSound);

return 0;

void Section(string title)
{
    Console.WriteLine();
    Console.WriteLine(title);
    Console.WriteLine(new string('-', title.Length));
}

void Say(params string[] lines)
{
    foreach (var line in lines.DefaultIfEmpty(""))
        Console.WriteLine(line);
}

void Holds(string claim, bool isTrue)
{
    if (!isTrue)
    {
        Console.WriteLine($"this does not hold: {claim}");
        Environment.Exit(1);
    }

    Console.WriteLine($"holds: {claim}");
}

void Step(string name, Network before)
{
    var found = Strategy.Of(Rule.Catalog.Single(rule => rule.Name == name)).Apply(before);
    foreach (var step in found.Steps)
        Console.WriteLine($"{before} = {found.Result}");
    foreach (var refusal in found.Refusals)
        Console.WriteLine($"{before}: {refusal}");
}

void Interference(double[] v, double[] u, double expected)
{
    var row = new double[1, 2];
    (row[0, 0], row[0, 1]) = (v[0], v[1]);
    var absorbed = Network.Scale(Gain.Of(u)).Then(Network.Linear(Parameter.Matrix("W", row))).Canonicalize();
    double found = absorbed.Layers[0].Interference[0];
    Holds($"v along {Vector(v)}, u along {Vector(u)}: {Number(found)}", Close(found, expected));
}

bool UnitRows(Network unit)
{
    if (!unit.TryLinear(out LinearLayer? layer))
        return false;
    IReadOnlyList<double> dense = new NetworkNumbers().Weight(layer);
    return dense.Chunk(layer.Weight.Columns!.Value).All(row => Close(Math.Sqrt(row.Sum(x => x * x)), 1));
}

bool Close(double a, double b) => Math.Abs(a - b) <= 1e-12 * Math.Max(1, Math.Abs(b));

string Number(double x) => x.ToString("0.####", CultureInfo.InvariantCulture);

string Vector(IEnumerable<double> xs) => $"[{string.Join(", ", xs.Select(Number))}]";
