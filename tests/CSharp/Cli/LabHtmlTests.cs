using System.Text.RegularExpressions;
using System.Xml.Linq;
using Canon.Cli.Rendering;

namespace Canon.Tests.Cli;

/// <summary>The laboratory's report of runs made by hand.</summary>
public sealed class LabHtmlTests
{
    private const double None = double.NaN;

    [Fact]
    public void Means_and_deviations_are_those_of_the_seeds()
    {
        // By hand: 90, 92, 94 have mean 92 and deviation √((4 + 0 + 4) / 2) = 2.
        string[] row = Row(Page(Run("pcr-hard", 1, 0.90), Run("pcr-hard", 2, 0.92), Run("pcr-hard", 3, 0.94)), "pcr-hard");

        Assert.Equal("3", row[0]);
        Assert.Equal("0.003", row[1]);
        Assert.Equal("10", row[2]);
        Assert.Equal("92.00 ± 2.00", row[3]);

        // 0.5 s of 100 steps are 5,000 µs a step; events take 0.1 s of them.
        Assert.Equal("5000 ± 0", row[^2]);
        Assert.Equal("20.00 ± 0.00", row[^1]);
    }

    [Fact]
    public void One_seed_has_no_deviation()
    {
        string page = Page(Run("none", 1, 0.9));

        Assert.Equal("90.00", Row(page, "none")[3]);
        Assert.DoesNotContain("±", Table(page).Value);
        Assert.DoesNotContain("class=\"band", page);
        Assert.DoesNotContain("class=\"bar\"", page);
    }

    [Fact]
    public void What_does_not_exist_is_a_dash()
    {
        LaboratoryRun run = Run("none", 1, 0.9) with { EventSeconds = 0, Jumps = [None, None, None, None] };
        string[] row = Row(Page(run with { Setting = run.Setting with { Strength = null } }), "none");

        Assert.Equal("–", row[2]);
        Assert.All(row[7..11], cell => Assert.Equal("–", cell));
        Assert.Equal("5000", row[^2]);
        Assert.Equal("–", row[^1]);
    }

    [Fact]
    public void The_best_mean_is_marked_and_what_is_within_its_standard_error()
    {
        // The best is 92 with the standard error 2 / √3 = 1.15.
        string page = Page(
            Run("none", 1, 0.90), Run("none", 2, 0.92), Run("none", 3, 0.94),
            Run("l2", 1, 0.91), Run("l2", 2, 0.91), Run("l2", 3, 0.91),
            Run("adamw", 1, 0.907), Run("adamw", 2, 0.907), Run("adamw", 3, 0.907));

        Assert.Equal("★best: 92.00 ± 2.00", Row(page, "none")[3]);
        Assert.Equal("☆near best: 91.00 ± 0.00", Row(page, "l2")[3]);
        Assert.Equal("90.70 ± 0.00", Row(page, "adamw")[3]);
        Assert.Equal("5.000 ± 0.000", Row(page, "none")[6]);
    }

    [Fact]
    public void Failed_runs_are_counted_with_their_reason_and_left_out_of_the_means()
    {
        string page = Page(
            Run("none", 1, 0.80),
            Run("none", 2, 0.80),
            Run("adamw", 1, 0.70),
            Run("l2", 1, 0.90),
            Run("l2", 2, None) with { Failure = "the loss is no number", Steps = 7 });

        Assert.Equal("1 of 2 1 failed", Row(page, "l2")[0]);
        Assert.Equal("90.00", Row(page, "l2")[3]);
        Assert.StartsWith("★", Row(page, "none")[3]);
        Assert.Contains("1 failed run<", page);
        Assert.Contains("seed 2, after 7 steps: the loss is no number", page);
    }

    [Fact]
    public void Where_all_runs_failed_there_is_a_page_without_charts()
    {
        string page = Page(Run("none", 1, None) with { Failure = "stopped", Curve = [], Test = new(None, None, None) });

        Assert.Equal("0 of 1 1 failed", Row(page, "none")[0]);
        Assert.DoesNotContain("class=\"chart\"", page);
        Assert.Contains("Canon laboratory", Page());
    }

    [Fact]
    public void Hostile_texts_stay_texts()
    {
        const string hostile = "</script><script>alert(\"1\")</script>'&\u0007<svg onload=x>";
        string page = LabHtml.Page(
            [Run("none", 1, 0.9) with { Dataset = hostile }, Run("none", 2, 0.9) with { Dataset = hostile, Failure = hostile }],
            LaboratoryOptions.Default,
            hostile);

        Assert.Single(Regex.Matches(page, "<script"));
        Assert.Single(Regex.Matches(page, "</script"));
        Assert.DoesNotContain("<svg onload", page);
        Assert.DoesNotContain('\u0007', page);
        Assert.NotEmpty(Charts(page));
    }

    [Fact]
    public void Charts_are_well_formed_and_named()
    {
        List<XElement> charts = Charts(Full());

        Assert.Equal(6, charts.Count);
        Assert.All(charts, chart =>
        {
            Assert.NotEmpty(chart.Element("title")!.Value);
            Assert.NotEmpty(chart.Element("desc")!.Value);
            Assert.Equal(3, chart.Elements("g").Concat(chart.Elements("g").Elements("g")).Count(g => g.Attribute("data-m") is not null));
            Assert.True(chart.Descendants("text").Count(text => (string?)text.Attribute("class") == "tick") >= 4);
            Assert.DoesNotContain("NaN", chart.ToString());
            Assert.DoesNotContain("∞", chart.ToString());
        });
    }

    [Fact]
    public void Curves_over_more_than_a_decade_have_logarithmic_axes()
    {
        static LaboratoryRun Falling(double last) => Run("none", 1, 0.9) with
        {
            Curve = [new(10, 2, new(0.5, 0.7, 0), 3), new(20, last, new(0.5, 0.6, 0), 3)],
        };

        Assert.Contains(">loss, nats<", Page(Falling(0.5)));
        Assert.Contains(">loss, nats, logarithmic<", Page(Falling(0.02)));
        Assert.Contains(">loss, nats<", Page(Falling(0)));
    }

    [Theory]
    [InlineData(1e-300, 1e300)]
    [InlineData(0, 0)]
    [InlineData(-5, 5)]
    [InlineData(1e9, 1.000000001e9)]
    [InlineData(3, double.PositiveInfinity)]
    public void Any_number_has_a_place(double first, double second)
    {
        string page = Page(
            Run("none", 1, 0.9) with { Curve = [new(1, first, new(1, first, 0), second), new(2, second, new(1, second, 0), first)] });

        Assert.Equal(6, Charts(page).Count);
        Assert.DoesNotMatch("(NaN|Infinity|∞|E[+-]?[0-9]{2})[^<]*\"", string.Concat(Charts(page)));
    }

    [Fact]
    public void Nothing_is_fetched_and_the_same_runs_give_the_same_page()
    {
        string page = Full();

        Assert.DoesNotMatch("https?://|@import|url\\((?!#)", page);
        Assert.Equal(page, Full());
    }

    [Fact]
    public void How_it_was_made_is_told()
    {
        string page = Full();

        Assert.Contains("<code>canon lab &lt;x&gt;</code>", page);
        Assert.Contains("<dt>hidden layers</dt><dd>64, 64</dd>", page);
        Assert.Contains("<dt>seeds</dt><dd>1, 2</dd>", page);
        Assert.Contains("<dt>chosen by</dt><dd>validation negative log-likelihood</dd>", page);
        foreach (LabColumn column in LabTable.Columns)
            Assert.Contains(column.Meaning, System.Net.WebUtility.HtmlDecode(page));
    }

    [Fact]
    public void No_two_methods_look_alike()
    {
        ChartSeries[] series = [.. Enumerable.Range(0, 35).Select(index => new ChartSeries(index, "x"))];
        Assert.Equal(35, series.Select(one => one.Swatch).Distinct().Count());
    }

    private static string Full() => Page(
    [
        .. from method in new[] { "none", "pcr-hard", "pcr-hard:canonical:note" }
           from seed in new[] { 1, 2 }
           select Run(method, seed, 0.9 + 0.01 * seed),
    ]);

    private static string Page(params LaboratoryRun[] runs) => LabHtml.Page(runs, LaboratoryOptions.Default, "canon lab <x>");

    private static LaboratoryRun Run(string method, int seed, double accuracy) => new(
        "moons",
        new(Method.Parse(method), 0.003, 10),
        seed,
        new(accuracy, 0.2 + 0.01 * seed, 0.05),
        5,
        0.5,
        0.1,
        100,
        [0.1, 0.2, 0.3, 0.4],
        [new(50, 0.5, new(accuracy - 0.1, 0.4 + 0.01 * seed, 0), 3), new(100, 0.3, new(accuracy, 0.3, 0), 5 + seed)],
        null);

    private static Match Table(string page) => Regex.Match(page, "<table>.*?</table>", RegexOptions.Singleline);

    /// <summary>The cells behind a method's name.</summary>
    private static string[] Row(string page, string method)
    {
        XElement row = Regex.Matches(Table(page).Value, "<tr><th scope=\"row\".*?</tr>")
            .Select(match => XElement.Parse(match.Value.Replace("<wbr>", "", StringComparison.Ordinal), LoadOptions.PreserveWhitespace))
            .Single(row => row.Element("th")!.Value == method);
        return [.. row.Elements("td").Select(cell => cell.Value)];
    }

    private static List<XElement> Charts(string page) =>
    [
        .. Regex.Matches(page, "<svg.*?</svg>", RegexOptions.Singleline)
            .Select(match => XDocument.Parse(match.Value).Root!)
            .Where(svg => (string?)svg.Attribute("class") == "chart"),
    ];
}
