using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Canon.Onnx;

namespace Canon.Cli;

/// <summary>A network in arrow notation whose parameters are named as the tensors of a checkpoint.</summary>
/// <param name="Source">Where the text is from.</param>
/// <param name="Text">The network.</param>
internal sealed record Architecture(string Source, string Text)
{
    public static Option<string?> Option(string when) => new("--architecture")
    {
        Description = $"{when}The network in arrow notation, its parameters named as the tensors; - reads it from standard input.",
        HelpName = "FILE",
    };

    /// <summary>The shape that its layers do not tell.</summary>
    public static Option<SignalShape?> InputOption() => new("--input")
    {
        Description = "The shape that flows in, channels first, such as 3x32x32; needed where a flatten or concat reads it.",
        HelpName = "CxHxW",
        CustomParser = Shape,
    };

    /// <param name="file">A file, or - for the screen's input.</param>
    /// <param name="input">What - stands for.</param>
    public static Architecture Read(string file, TextReader input) => file == "-"
        ? new("the architecture", input.ReadToEnd())
        : new(file, TextFile.Read(file, "text file", "a network in arrow notation"));

    /// <summary>The network, its numbers where they lie in the checkpoint.</summary>
    public Network Network(SafetensorsCheckpoint weights) => Checkpoint.Network(Source, Text, weights);

    private static SignalShape? Shape(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        int[] sizes = [.. text.Split('x').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : 0)];
        if (sizes.All(size => size > 0))
            return new(sizes[0], sizes.AsSpan(1));
        result.AddError($"--input {text}: sizes above 0 with x between them are needed, channels first, such as 3x32x32");
        return null;
    }
}
