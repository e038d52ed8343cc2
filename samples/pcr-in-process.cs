#:project ../src/Canon.CSharp/Canon.CSharp.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false

// Periodic canonical regularization within a training loop of one's own: here gradient descent with momentum, written out. Every 100
// steps an event caps the network's gain at 8 and writes the weights in the balanced gauge; the momentum follows.
//
//     dotnet run samples/pcr-in-process.cs

using System.Globalization;
using Canon;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const double rate = 0.1, momentum = 0.9;
const int period = 100;
var moons = Dataset.Generated[0].Train(seed: 1);
var network = Method.Parse("none").CreateNetwork(seed: 1, inputs: 2, hidden: [32, 32], classes: 2);

// What depends on the architecture alone is found out once; an event then takes the weights of the moment.
var plan = network.PlanPcr(new PcrOptions { MaxGain = 8, Period = period });
var weights = network.Tensors();
IReadOnlyDictionary<string, double[]> velocity = weights.ToDictionary(pair => pair.Key, pair => new double[pair.Value.Length]);

for (int step = 1; step <= 4 * period; step++)
{
    var gradient = network.WithTensors(weights).Gradient(moons);
    foreach (var (name, derivative) in gradient.Parameters)
        for (int k = 0; k < derivative.Length; k++)
        {
            velocity[name][k] = momentum * velocity[name][k] + derivative[k];
            weights[name][k] -= rate * velocity[name][k];
        }

    if (step % period != 0)
        continue;
    var after = plan.Step(weights, new OptimizerState(Optimizer.Sgd(momentum), step, velocity), rate);
    double before = network.WithTensors(weights).Gradient(moons).Loss, now = network.WithTensors(after.Weights).Gradient(moons).Loss;
    (weights, velocity) = (after.Weights, after.State.First);
    Console.WriteLine($"step {step}: gain {after.Report.GainBefore:F2} -> {after.Report.GainAfter:F2}, loss {before:F4} -> {now:F4}");
}
