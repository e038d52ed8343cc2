using Canon.Cli;
using Canon.Cli.Commands;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;

namespace Canon.Tests.Cli;

/// <summary>Networks that no sample model shows.</summary>
public sealed class RenderingTests
{
    [Fact]
    public void Without_a_gain_at_the_output_the_report_says_so()
    {
        Network network = Network.Sum(Network.Identity, Network.Linear(Square("W", 2)));

        Assert.Contains("no gain at the output", Text(network));
        Assert.Contains("\"global_gain\":null,\"global_gain_log2\":null,\"gain_direction\":[],\"gain\":[]", Json(network));
    }

    [Fact]
    public void Gains_beyond_a_double_are_shown_as_powers_of_two_and_null()
    {
        Network deep = Network.Compose(Enumerable.Range(0, 50).Select(i =>
            Network.Linear(Parameter.Matrix($"W{i}", new double[,] { { 1e30 } }))));

        Assert.Contains("global gain above the range of a double = 2^4982.89\n", Text(deep));
        Assert.Matches("W49 +1x1 +2\\^4982.9 +2\\^4982.9 +2\\^4982.9 +1.000", Text(deep));
        Assert.Contains("\"global_gain\":null,\"global_gain_log2\":4982.8", Json(deep));
        Assert.Contains("\"gain\":[null]", Json(deep));
        Assert.Contains("failed: ", Text(deep));
        Assert.Contains("\"max_relative_error\":null", Json(deep));
    }

    [Fact]
    public void Of_many_channels_the_largest_are_shown()
    {
        string text = Text(Network.Linear(Parameter.Matrix("W", Column(1000))));

        Assert.Contains("its direction: the 20 largest of 1,000 output channels\n", text);
        Assert.Contains("  999  ", text);
        Assert.Contains("  980  ", text);
        Assert.DoesNotContain("  979  ", text);
        Assert.Equal(20, text.Split('\n').Count(line => line.Contains('█')));
    }

    [Fact]
    public void A_gain_in_front_of_a_barrier_says_so()
    {
        Network network = Network.Linear(Parameter.Matrix("W", new double[,] { { 2 } }));

        Assert.Contains("\nGain at the output, in front of softmax\n", Text(network.Then(Network.Softmax)));
        Assert.Contains("\nGain at the output\n", Text(network));
    }

    [Fact]
    public void Dead_outputs_have_no_bars()
    {
        string text = Text(Network.Linear(Parameter.Matrix("W", new double[2, 2])));

        Assert.Contains("global gain 0\n", text);
        Assert.DoesNotContain('█', text);
        Assert.Contains("units", text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Names_with_brackets_and_escapes_do_no_harm(bool isTerminal)
    {
        Network network = Network.Linear(Parameter.Matrix("[red]W[/]\u001b[31m[", new double[,] { { 2 } }), label: "[bold]")
            .Then(Network.Activate(ActivationKind.Tanh, "[/]"), Network.Opaque("Odd[0]"));

        string text = Text(network, isTerminal);

        Assert.Contains("[red]W[/] [31m[", text);
        Assert.Contains("Operators kept as they are: Canon does not know them", text);
        Assert.Contains("\n  Odd[0]\n", text);
        Assert.Contains("[/] (", text);
        Assert.DoesNotContain("\u001b[31m[", text);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void On_a_terminal_lines_fit_and_notation_breaks_in_front_of_arrows(int width)
    {
        Network network = Network.Compose(Enumerable.Range(0, 12).SelectMany(i =>
            new[] { Network.Linear(Square($"layer{i}.weight", 3)), Network.Relu }));

        string[] lines = Plain(Text(network, isTerminal: true, width)).Split('\n');

        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, width));
        Assert.Contains(lines, line => line.StartsWith("    -> linear(", StringComparison.Ordinal));
    }

    [Fact]
    public void On_a_terminal_there_is_colour_and_the_text_is_the_same()
    {
        Network network = Network.Linear(Square("W1", 4)).Then(Network.Tanh);

        string text = Text(network, isTerminal: true);

        Assert.Contains("\u001b[", text);
        Assert.Equal(Words(Text(network)), Words(Plain(text)));
    }

    [Theory]
    [InlineData("NO_COLOR", "1", true)]
    [InlineData("NO_COLOR", "", false)]
    [InlineData("TERM", "dumb", true)]
    [InlineData("TERM", "xterm", false)]
    public void Plain_terminals_are_recognised(string name, string value, bool plain) =>
        Assert.Equal(plain, Screens.IsPlain(asked => asked == name ? value : null));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1.000")]
    [InlineData(0.5, "0.5000")]
    [InlineData(12.345, "12.35")]
    [InlineData(12345.6, "12346")]
    [InlineData(1234567, "1.23e6")]
    [InlineData(0.00001234, "1.23e-5")]
    [InlineData(double.PositiveInfinity, "∞")]
    [InlineData(double.NaN, "NaN")]
    public void Numbers_have_four_digits_that_matter(double value, string text) =>
        Assert.Equal(text, Canon.Cli.Plain.Number(value));

    private static string Text(Network network, bool isTerminal = false, int width = 80)
    {
        using var writer = new StringWriter();
        CanonicalizeText.Write(Report(network), new Page(Screens.Of(writer, isTerminal, width)));
        return writer.ToString();
    }

    private static string Json(Network network)
    {
        using var writer = new StringWriter();
        CanonicalizeJson.Write(Report(network), writer);
        return writer.ToString();
    }

    private static CanonicalizeReport Report(Network network) => CanonicalizeReport.Of(
        new CanonicalizeRequest("model.onnx", null, null, false, 2, 1, 1e-5, GainDefinition.RowNorm, false, false),
        network.Canonicalize(),
        network.Canonicalize().Network,
        1,
        Work.Silent,
        default,
        () => SelfCheck.Of(2, 1, false, () => network.Canonicalize().Check(samples: 2)));

    private static string Plain(string text) => System.Text.RegularExpressions.Regex.Replace(text, "\u001b\\[[0-9;]*m", "");

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static Parameter Square(string name, int size)
    {
        var values = new double[size, size];
        for (int i = 0; i < size; i++)
            values[i, i] = i + 1;
        return Parameter.Matrix(name, values);
    }

    private static double[,] Column(int rows)
    {
        var values = new double[rows, 1];
        for (int i = 0; i < rows; i++)
            values[i, 0] = i;
        return values;
    }
}
