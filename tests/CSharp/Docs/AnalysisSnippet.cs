using Canon;

namespace Canon.Tests.Docs;

internal static class AnalysisSnippet
{
    internal static void Run()
    {
        // snippet
        var w1 = Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } });
        var w2 = Parameter.Matrix("W2", new double[,] { { 1, -1 } });
        var analysis = Network.Linear(w1).Then(Network.Relu, Network.Linear(w2)).Analyze();

        Console.WriteLine($"global gain {analysis.GlobalGain.Value:F4}, l2 path norm {analysis.PathNorm2.Value:F4}");
        Console.WriteLine($"Lipschitz constant from {analysis.LipschitzSampled.Value:F1} to {analysis.LipschitzBound.Value:F1}");
        Console.WriteLine(Network.Linear(w1).Then(Network.Square).Analyze().LipschitzBound.Missing);
        // end
    }
}
