using System.Text.RegularExpressions;
using System.Xml.Linq;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;
using Canon.Tests.Files;

namespace Canon.Tests.Cli;

/// <summary>The report as text; how it looks is the browser's to judge.</summary>
public sealed class AnalyzeHtmlTests
{
    private static readonly Network Residual = Network.Compose(
        Network.Linear(Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } }), label: "first"),
        Network.Relu,
        Network.Sum(Network.Identity, Network.Linear(Parameter.Matrix("W2", new double[,] { { 1, 0 }, { 1, 1 } }))),
        Network.Linear(Parameter.Matrix("W3", new double[,] { { 1, -1 }, { 0, 5 }, { 1, 1 } })));

    [Fact]
    public void Charts_are_well_formed_named_and_have_their_figures()
    {
        string page = Page(Residual);
        List<XElement> charts = Charts(page);

        Assert.Equal(6, charts.Count);
        Assert.Equal(6, Regex.Count(page, "<details class=\"figures\">"));
        Assert.All(charts, chart =>
        {
            Assert.NotEmpty(chart.Element("title")!.Value);
            Assert.NotEmpty(chart.Element("desc")!.Value);
            Assert.DoesNotMatch("NaN|∞|Infinity", chart.ToString());
        });
    }

    [Fact]
    public void The_graph_has_branches_and_scales()
    {
        string page = Page(Residual);
        XElement graph = XDocument.Parse(Regex.Match(page, "<svg viewBox[^>]*aria-labelledby=\"m0-graph.*?</svg>", RegexOptions.Singleline).Value).Root!;
        string[] kinds = [.. graph.Elements("g").Select(box => ((string)box.Attribute("class")!)[4..])];

        Assert.Equal(["end", "linear", "plain", "linear", "scale", "junction", "linear", "scale", "end"], kinds);
        Assert.Contains("first", graph.Value);
    }

    [Fact]
    public void What_is_read_by_name_stands_in_the_junction_and_takes_no_room()
    {
        // Every layer reads what all layers before it have made.
        Network Linear(int rows, int columns) => Network.Linear(Parameter.Matrix($"W{columns}", rows, columns, Enumerable.Repeat(0.1, rows * columns).ToArray()));
        Network dense = Network.Compose(Enumerable.Range(1, 100).SelectMany(k => new[]
        {
            Network.As($"x{k}"),
            Network.Concat([.. Enumerable.Range(1, k - 1).Select(past => Network.Wire($"x{past}")), Network.Identity]),
            Linear(2, 2 * k),
        }));
        string page = Page(dense);

        Assert.InRange(double.Parse(Regex.Match(page, "<svg viewBox=\"0 0 ([0-9.]+) ").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 200, 900);
        Assert.Contains("x99 and 98 more", page);
        Assert.Equal(100 * 99 / 2, Regex.Count(page, "class=\"wire\""));
    }

    [Fact]
    public void Hostile_texts_stay_texts()
    {
        const string hostile = "</script><script>alert(\"1\")</script>'&\u0007<svg onload=x>";
        Network network = Network.Compose(
            Network.Linear(Parameter.Matrix(hostile, new double[,] { { 3, 4 } }), label: hostile),
            Network.Sum(hostile, [Network.Identity, Network.Relu]));
        string page = AnalyzeHtml.Page([Analyzed(network) with { Path = hostile.Replace('/', '|'), Classes = [hostile] }]);

        Assert.Single(Regex.Matches(page, "<script"));
        Assert.DoesNotContain("<svg onload", page);
        Assert.DoesNotContain('\u0007', page);
        Assert.NotEmpty(Charts(page));
    }

    [Fact]
    public void Gains_beyond_a_double_and_dead_units_have_a_place()
    {
        Network deep = Network.Compose(Enumerable.Range(0, 50).Select(i => Network.Linear(Parameter.Matrix($"W{i}", new double[,] { { 1e30, 0 }, { 0, 0 } }))));

        foreach (XElement chart in Charts(Page(deep)))
            Assert.DoesNotMatch("(NaN|Infinity|∞|E[+-]?[0-9]{2})[^<]*\"", chart.ToString());
    }

    [Fact]
    public void A_network_without_layers_has_a_page() => Assert.Contains("There is no scale in the canonical form", Page(Network.Relu.Then(Network.Relu)));

    [Fact]
    public void Nothing_is_fetched_and_the_same_models_give_the_same_page()
    {
        string page = Page(Residual);

        Assert.DoesNotMatch("https?://|@import|url\\((?!#)", page);
        Assert.Equal(page, Page(Residual));
    }

    [Fact]
    public void The_command_writes_it_and_never_over_an_input()
    {
        using var folder = new TemporaryFolder();
        string html = folder["report.html"], model = Repository.Model("digits-mlp");

        var (exitCode, output, error) = CanonTool.Run("analyze", model, "--html", html);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.EndsWith($"\nwrote {html}\n", output);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(html));

        CanonTool.Run("analyze", model, "--html", html).IsUsageError("report.html", "--force");
        CanonTool.Run("analyze", model, "--html", model, "--force").IsUsageError("this is an input");
        CanonTool.Run("analyze", model, "--html", folder["x"], "--csv", folder["x"]).IsUsageError("two files");
        Assert.Equal(["report.html"], folder.Names);
    }

    private static string Page(Network network) => AnalyzeHtml.Page([Analyzed(network)]);

    private static AnalyzedModel Analyzed(Network network)
    {
        ModelAnalysis analysis = network.Analyze(new() { Canonicalize = new() { Input = new SignalShape(2) }, Points = 0 });
        return new()
        {
            Path = "small.onnx",
            Analysis = analysis,
            Classes = [],
            Outputs = 1,
            Scales = ExplainedScale.Of(analysis.Derivation.Result),
        };
    }

    private static List<XElement> Charts(string page) =>
    [
        .. Regex.Matches(page, "<svg.*?</svg>", RegexOptions.Singleline)
            .Select(match => XDocument.Parse(match.Value).Root!)
            .Where(svg => (string?)svg.Attribute("class") == "chart"),
    ];
}
