using System.Globalization;
using System.IO.Compression;

namespace Canon.Cli;

/// <summary>Tables of samples: a sample a line, its numbers with commas between them, in the end its class.</summary>
internal static class LabelledTable
{
    /// <summary>The handwritten digits that the tool carries go by this name.</summary>
    public const string Digits = "digits";

    /// <summary>Reads a table; one whose name ends in .gz is unpacked.</summary>
    /// <param name="path">The file, or <see cref="Digits"/>.</param>
    /// <param name="shape">The shape of a sample. Its numbers stand channel by channel, as in a model's tensors.</param>
    public static Samples Read(string path, SignalShape shape)
    {
        if (path == Digits)
        {
            return KnownDatasets.Digits(shape)
                ?? throw new UsageException($"--data {Digits}: these are 64 pixels, and the model reads {shape}; name a table of samples");
        }

        int positions = shape.Space.Aggregate(1, (product, size) => product * size);
        List<double> inputs = [];
        List<int> classes = [];
        using Stream file = Open(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        for (int line = 1; ReadLine(path, reader) is { } text; line++)
        {
            if (text.Length == 0)
                continue;
            string[] cells = text.Split(',');
            if (cells.Length != shape.Channels * positions + 1)
                throw Unfit(path, line, $"{cells.Length} numbers; {shape} and the class are {shape.Channels * positions + 1}");
            double[] numbers = [.. cells.SkipLast(1).Select(cell => Number(path, line, cell))];
            for (int position = 0; position < positions; position++)
                for (int channel = 0; channel < shape.Channels; channel++)
                    inputs.Add(numbers[channel * positions + position]);
            classes.Add(int.TryParse(cells[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int label)
                ? label
                : throw Unfit(path, line, $"the last number is the class, from 0, and {cells[^1]} is none"));
        }

        return classes.Count > 0
            ? Samples.OfClasses(shape, inputs, classes)
            : throw new UsageException($"{path}: there is no sample in it; name a table with a sample a line, its class at the end");
    }

    private static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{path}: cannot read: {failure.Message}");
        }
    }

    private static string? ReadLine(string path, StreamReader reader)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (InvalidDataException)
        {
            throw new UsageException($"{path}: it is not packed by gzip, as its name says");
        }
    }

    private static double Number(string path, int line, string cell) =>
        double.TryParse(cell, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Unfit(path, line, $"{cell} is no number");

    private static UsageException Unfit(string path, int line, string fault) => new($"{path}, line {line}: {fault}");
}
