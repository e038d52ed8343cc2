using Canon.Onnx;
using Canon.Tests.Files;

namespace Canon.Tests.Onnx;

/// <summary>Every model of the project beside copies of it: disguised ones are equal, changed ones are not.</summary>
public sealed class EqualModelTests : IDisposable
{
    private static readonly string[] Folders = ["samples/models", "tests/Engine/models"];
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Models =>
    [
        .. Folders.SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*.onnx").Order(StringComparer.Ordinal)
            .Select(path => $"{folder}/{Path.GetFileName(path)}")),
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void A_disguised_model_is_equal_and_a_changed_one_is_not(string path)
    {
        using OnnxModel model = OnnxModel.Open(Repository.File(path), splitShared: true);
        for (int seed = 1; seed <= 2; seed++)
        {
            string file = _folder[$"disguised{seed}.onnx"];
            model.Save(file, Disguise.Of(model.Network, seed));
            using OnnxModel disguised = OnnxModel.Open(file, splitShared: true);

            Comparison comparison = Compare(model, disguised, disguised.Network);
            Assert.True(comparison.Equivalence == Equivalence.Equal, Describe(comparison));
            Assert.Equal(model.Network.Fingerprint(model.Options), disguised.Network.Fingerprint(disguised.Options));

            (Network changed, string change) = Changed(disguised.Network, seed);
            Comparison parted = Compare(model, disguised, changed);
            Assert.True(parted.Equivalence != Equivalence.Equal, $"{change}: {Describe(parted)}");
            Assert.True(
                parted.Equivalence == Equivalence.Different || parted.Reason!.Contains("nothing is known of", StringComparison.Ordinal),
                $"{change}: {Describe(parted)}");
        }
    }

    private static Comparison Compare(OnnxModel first, OnnxModel second, Network network) => first.Network.CompareTo(network, new EqualityOptions
    {
        First = first.Options,
        Second = second.Options,
        AreSame = (own, other) => first.HasSameOperator(own, second, other),
    });

    /// <summary>The largest weight of a row of a layer, both drawn by chance, made larger by 1 %.</summary>
    private static (Network Network, string Change) Changed(Network network, int seed)
    {
        var random = new Random(seed);
        Parameter[] weights = [.. network.Parameters.Where(parameter => parameter.Columns > 1)];
        Parameter weight = weights[random.Next(weights.Length)];
        double[] numbers = [.. network.Tensors()[weight.Name]];
        int perRow = numbers.Length / weight.Rows!.Value;
        int first = random.Next(weight.Rows.Value) * perRow;
        int largest = Enumerable.Range(first, perRow).MaxBy(k => Math.Abs(numbers[k]));
        numbers[largest] *= 1.01;
        return (
            network.WithTensors(new Dictionary<string, double[]> { [weight.Name] = numbers }),
            $"{weight.Name}, row {first / perRow}, entry {largest - first}");
    }

    private static string Describe(Comparison comparison) =>
        $"{comparison.Equivalence} {comparison.Deviation} {comparison.Reason} {comparison.Parting} {comparison.Witness?.Difference}";
}
