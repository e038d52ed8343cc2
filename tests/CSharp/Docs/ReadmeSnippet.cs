using Canon;

namespace Canon.Tests.Docs;

internal static class ReadmeSnippet
{
    internal static void Run()
    {
        // snippet
        var w1 = Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } });
        var w2 = Parameter.Matrix("W2", new double[,] { { 1, -1 } });
        var network = Network.Linear(w1).Then(Network.Relu, Network.Linear(w2));

        var form = network.Canonicalize();
        Console.WriteLine(form.Network);
        Console.WriteLine($"global gain {form.GlobalGain:F4}, check {form.Check().MaxRelativeError < 1e-12}");
        // end
    }
}
