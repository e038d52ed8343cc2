using System.Globalization;
using Canon.Cli;
using Canon.Onnx;
using Canon.Tests.Cli;
using Canon.Tests.Files;

namespace Canon.Tests.Docs;

/// <summary>The commands of docs/representatives.md run, and its figures are what they print.</summary>
public sealed class RepresentativesTests
{
    private const string Update = "CANON_UPDATE_BASELINES";
    private static readonly string Page = Repository.File("docs/representatives.md");
    private static readonly RebalanceGauge[] Gauges =
        [RebalanceGauge.Original, RebalanceGauge.Equalized, RebalanceGauge.Balanced, RebalanceGauge.Canonical];

    private static readonly string[] Models =
    [
        .. new[] { "digits-mlp", "digits-mlp-leaky", "digits-mlp-tanh", "digits-mlp-batchnorm", "digits-residual-mlp", "digits-cnn" }.Select(Repository.Model),
        .. new[] { "digits-mlp-batchnorm.folded", "mnist-lenet", "densenet_tiny__fold", "digits-mlp.rescaled", "digits-mlp.permuted-rescaled" }
            .Select(name => Repository.File($"tests/Engine/models/{name}.onnx")),
    ];

    [Fact]
    public void The_commands_run()
    {
        using var folder = new TemporaryFolder();
        string[] commands = [.. File.ReadLines(Page).Select(line => line.Trim()).Where(line => line.StartsWith("canon rebalance ", StringComparison.Ordinal))];

        Assert.NotEmpty(commands);
        Assert.All(commands, command =>
        {
            string[] words = [.. command.Split(' ').Skip(1).Select(word => word.EndsWith(".onnx", StringComparison.Ordinal)
                ? word.Contains('/', StringComparison.Ordinal) ? Repository.File(word) : folder[word]
                : word)];
            var (exitCode, _, error) = CanonTool.Run(words);
            Assert.Equal((0, ""), (exitCode, error));
        });
    }

    [Fact]
    public void The_figures_are_what_the_tool_prints()
    {
        List<string> errors = [], right = [], largest = [];
        foreach (string path in Models)
        {
            using OnnxModel model = OnnxModel.Open(path);
            string name = Path.GetFileNameWithoutExtension(path);
            Rebalancing[] all = [.. Gauges.Select(gauge => model.Network.Rebalance(new() { Gauge = gauge }, model.Options))];
            foreach (int bits in (int[])[8, 4])
                errors.Add(Row(name, bits, [.. all.Select(gauge => Short(gauge.Network.QuantizationError(bits, model.Options).RelativeError))]));
            if (name.StartsWith("digits", StringComparison.Ordinal))
            {
                Samples digits = KnownDatasets.Digits(model.Options.Input!.Value)!;
                foreach (int bits in (int[])[8, 4])
                {
                    right.Add(Row(name, bits,
                    [
                        Percent(model.Network.Accuracy(digits)),
                        .. all.Select(gauge => Percent(gauge.Network.SimulateQuantization(bits).Accuracy(digits))),
                    ]));
                }
            }

            largest.Add(Row(name, all[0].Free, [.. all.Select(gauge => Short(gauge.After.Largest)), Short(all[0].After.Squares), Short(all[2].After.Squares)]));
        }

        Holds("Error of the outputs", errors);
        Holds("Digits classified right", right);
        Holds("Ranges and norms", largest);
    }

    private static string Row(string name, int number, string[] cells) => $"| {name} | {number} | {string.Join(" | ", cells)} |";

    private static string Short(double x) => x.ToString(x is >= 10 and < 1e5 ? "F0" : "G2", CultureInfo.InvariantCulture);

    private static string Percent(double part) => (100 * part).ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>The rows of the table under a heading; its first two lines are kept.</summary>
    private static void Holds(string heading, IReadOnlyList<string> rows)
    {
        string[] lines = File.ReadAllLines(Page);
        int first = 2 + Array.FindIndex(lines, Array.IndexOf(lines, $"## {heading}"), line => line.StartsWith('|'));
        int end = Array.FindIndex(lines, first, line => !line.StartsWith('|'));
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(Page, string.Join('\n', [.. lines[..first], .. rows, .. lines[end..]]) + "\n");
        else
            Assert.True(lines[first..end].SequenceEqual(rows), $"docs/representatives.md is stale; if the change is meant, run: {Update}=1 dotnet test tests/CSharp --filter Representatives\n{string.Join('\n', rows)}");
    }
}
