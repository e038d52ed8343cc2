#:project ../src/Canon.CSharp/Canon.CSharp.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

// One event of periodic canonical regularization within a training program: weights and Adam's state go in, and come out with the
// gain capped, in the balanced gauge. The loop around it is the program's own.
//
//     dotnet run samples/pcr-in-process.cs

using System.Globalization;
using Canon;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var network = Network.Linear(Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } }), Parameter.Vector("b1", [1, -1]))
    .Then(Network.Relu, Network.Linear(Parameter.Matrix("W2", new double[,] { { 1, -1 } })));
var weights = network.Tensors();
var adam = new OptimizerState(
    Optimizer.Adam(),
    steps: 20,
    first: new Dictionary<string, double[]> { ["W1"] = [0.1, 0.2, 0, -0.1], ["b1"] = [0.1, 0], ["W2"] = [-0.3, 0.2] },
    second: new Dictionary<string, double[]> { ["W1"] = [0.01, 0.04, 0, 0.01], ["b1"] = [0.01, 0], ["W2"] = [0.09, 0.04] });

// What depends on the architecture alone is found out once; an event then takes the weights of the moment.
var plan = network.PlanPcr(new PcrOptions { MaxGain = 2 });
var after = plan.Step(weights, adam, rate: 1e-3);

var report = after.Report;
Console.WriteLine($"gain {report.GainBefore:F4} -> {report.GainAfter:F4}, outputs times {report.OutputFactor:F4}");
foreach (var alpha in report.Alphas)
    Console.WriteLine($"{alpha.Name}: α from {alpha.Least:F4} to {alpha.Greatest:F4}");
Console.WriteLine($"W1 {Numbers(weights["W1"])} -> {Numbers(after.Weights["W1"])}");
Console.WriteLine($"its mean of derivatives {Numbers(adam.First["W1"])} -> {Numbers(after.State.First["W1"])}");
double[] input = [1, 0.5];
double before = network.Evaluate(input)[0], now = network.WithTensors(after.Weights).Evaluate(input)[0];
Console.WriteLine($"f(1, 0.5) = {before:F4} -> {now:F4}, {now / before:F4} of it");

string Numbers(double[] numbers) => $"[{string.Join(", ", numbers.Select(x => x.ToString("F4")))}]";
