using System.Globalization;
using System.IO.Compression;

namespace Canon.Cli;

/// <summary>The tasks that the tool has: handwritten digits, which it carries, and generated ones.</summary>
internal static class KnownDatasets
{
    private const int Pixels = 64;
    private const double Brightest = 16;

    private static readonly (string Name, Func<Dataset> Make)[] Known =
    [
        ("digits", () => Digits("digits", "handwritten digits, 8x8 pixels; 1000 / 300 / 497 samples", 1000, 300, 0)),
        ("digits-noisy", () => Digits(
            "digits-noisy", "the same, a fifth of the classes to learn from by chance; 300 / 300 / 1197 samples", 300, 300, 0.2)),
        .. Dataset.Generated.Select(dataset => (dataset.Name, (Func<Dataset>)(() => dataset))),
    ];

    public static string Names => string.Join(", ", Known.Select(known => known.Name));

    /// <summary>The tasks of names with commas between them.</summary>
    public static IReadOnlyList<Dataset> Parse(string names) =>
    [
        .. names.Split(',', StringSplitOptions.TrimEntries).Distinct().Select(name =>
            Known.FirstOrDefault(known => known.Name == name).Make?.Invoke()
            ?? throw new UsageException($"--dataset {name}: there is no such data set; there are {Names}")),
    ];

    /// <summary>All handwritten digits as samples of a shape; null where a sample of that shape does not have as many numbers.</summary>
    public static Samples? Digits(SignalShape shape)
    {
        if (shape.Space.Aggregate(shape.Channels, (product, size) => product * size) != Pixels)
            return null;
        (List<double[]> inputs, List<int> classes) = Digits();
        return Samples.OfClasses(shape, [.. inputs.SelectMany(pixels => pixels)], classes);
    }

    private static Dataset Digits(string name, string description, int train, int validation, double noise)
    {
        (List<double[]> inputs, List<int> classes) = Digits();
        return Dataset.OfTable(name, description, inputs, classes, train, validation, noise);
    }

    private static (List<double[]> Inputs, List<int> Classes) Digits()
    {
        List<double[]> inputs = [];
        List<int> classes = [];
        using Stream stream = typeof(KnownDatasets).Assembly.GetManifestResourceStream("digits.csv.gz")!;
        using var reader = new StreamReader(new GZipStream(stream, CompressionMode.Decompress));
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            double[] numbers = [.. line.Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            inputs.Add([.. numbers.Take(Pixels).Select(pixel => pixel / Brightest)]);
            classes.Add((int)numbers[Pixels]);
        }

        return (inputs, classes);
    }
}
