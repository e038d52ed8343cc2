using Canon.Cli.Rendering;
using Canon.Tests.Files;
using Microsoft.Playwright;

namespace Canon.Tests.Browser;

/// <summary>The laboratory's report as a browser shows it.</summary>
[Trait("Suite", "Slow")]
public sealed class LabPageTests(Chromium chromium, LabPageTests.Report report)
    : IClassFixture<Chromium>, IClassFixture<LabPageTests.Report>
{
    private const int Charts = 12;

    /// <summary>A page of real runs, and where it lies.</summary>
    public sealed class Report : IDisposable
    {
        private static readonly LaboratoryOptions Options = new() { Hidden = [16, 16], Steps = 120 };

        private static readonly (string Method, double? Strength)[] Settings =
        [
            ("none", null), ("l2", 0.001), ("pcr-hard", 10), ("pcr-hard:canonical:note", 10), ("manifold", null),
        ];

        private readonly TemporaryFolder _folder = new();

        public Report()
        {
            File.WriteAllText(_folder["lab.html"], LabHtml.Page([.. Runs()], Options, "canon lab --steps 120"));
            Address = new Uri(_folder["lab.html"]).AbsoluteUri;
        }

        public string Address { get; }

        public void Dispose() => _folder.Dispose();

        /// <summary>And one that failed.</summary>
        private static IEnumerable<LaboratoryRun> Runs()
        {
            foreach (Dataset dataset in Dataset.Generated)
            foreach ((string method, double? strength) in Settings)
            foreach (int seed in new[] { 1, 2, 3 })
            {
                LaboratoryRun run = Laboratory.Run(dataset, new(Method.Parse(method), 0.003, strength), seed, Options);
                yield return (method, seed) == ("l2", 3) ? run with { Failure = "stopped by the test" } : run;
            }
        }
    }

    private async Task<IPage> OpenAsync(int width = 1280, ColorScheme scheme = ColorScheme.Light, bool script = true)
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme, JavaScriptEnabled = script,
        });
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(report.Address);
        return page;
    }

    [Fact]
    public async Task Opens_without_a_message_and_without_the_network()
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync();
        IPage page = await context.NewPageAsync();
        List<string> messages = [], requests = [];
        page.Console += (_, message) => messages.Add(message.Text);
        page.PageError += (_, error) => messages.Add(error);
        context.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(report.Address);
        await page.Locator(".plot").First.HoverAsync();

        Assert.Empty(messages);
        Assert.Equal([report.Address], requests);
        Assert.Equal("Canon laboratory: moons, spirals", await page.TitleAsync());
        Assert.Equal("en", await page.Locator("html").GetAttributeAsync("lang"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_chart_is_drawn(bool script)
    {
        IPage page = await OpenAsync(script: script);
        IReadOnlyList<ILocator> charts = await page.Locator("svg.chart").AllAsync();

        Assert.Equal(Charts, charts.Count);
        foreach (ILocator chart in charts)
        {
            LocatorBoundingBoxResult? box = await chart.BoundingBoxAsync();
            Assert.True(box is { Width: > 300, Height: > 150 });
            Assert.Equal(5, await chart.Locator("g[data-m]").CountAsync());
            foreach (ILocator series in await chart.Locator("g[data-m]").AllAsync())
                Assert.True(await series.BoundingBoxAsync() is { Width: > 0, Height: > 0 });
        }

        Assert.Equal(script, await page.Locator(".keys input").First.IsVisibleAsync());
    }

    [Fact]
    public async Task A_switch_hides_its_method_in_all_charts_and_shows_it_again()
    {
        IPage page = await OpenAsync();
        ILocator keys = page.Locator("[data-key='2']"), parts = page.Locator("svg.chart [data-m='2']:visible");
        int drawn = await parts.CountAsync();
        Assert.True(drawn >= Charts);

        await keys.First.FocusAsync();
        await page.Keyboard.PressAsync("Space");
        Assert.Equal(0, await parts.CountAsync());
        Assert.True(await page.Locator("svg.chart [data-m='1']:visible").CountAsync() >= Charts);
        Assert.All(await keys.AllAsync(), key => Assert.False(key.IsCheckedAsync().Result));

        ILocator curve = page.Locator("#d0-loss-title").Locator("xpath=ancestor::*[contains(@class,'plot')]");
        await curve.HoverAsync();
        IReadOnlyList<string> told = await page.Locator("#values span").AllTextContentsAsync();
        Assert.Equal(["l2", "manifold", "none", "pcr-hard:canonical:note"], told.Order(StringComparer.Ordinal));

        await keys.Last.ClickAsync();
        Assert.Equal(drawn, await parts.CountAsync());
    }

    [Fact]
    public async Task Pointer_and_keys_show_values()
    {
        IPage page = await OpenAsync();
        ILocator values = page.Locator("#values");
        foreach (ILocator plot in await page.Locator(".plot").AllAsync())
        {
            await plot.HoverAsync();
            Assert.True(await values.IsVisibleAsync());
            Assert.Matches("[0-9] ± [0-9]", await values.InnerTextAsync());
            await page.Mouse.MoveAsync(0, 0);
            Assert.False(await values.IsVisibleAsync());

            await plot.FocusAsync();
            await page.Keyboard.PressAsync("Home");
            string first = await values.InnerTextAsync();
            await page.Keyboard.PressAsync("ArrowRight");
            string second = await values.InnerTextAsync();
            Assert.NotEqual(first, second);
            await page.Keyboard.PressAsync("ArrowUp");
            Assert.Equal(first, await values.InnerTextAsync());
            Assert.Equal("visible", await plot.Locator(".guide").EvaluateAsync<string>("line => getComputedStyle(line).visibility"));
            await page.Keyboard.PressAsync("Escape");
            Assert.False(await values.IsVisibleAsync());
        }
    }

    [Fact]
    public async Task Values_stay_when_a_finger_is_lifted()
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = 390, Height = 844 }, HasTouch = true, IsMobile = true,
        });
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(report.Address);

        await page.Locator(".plot").Nth(2).TapAsync();
        Assert.True(await page.Locator("#values").IsVisibleAsync());
        await page.Locator("h3:visible").Nth(1).TapAsync();
        Assert.False(await page.Locator("#values").IsVisibleAsync());
    }

    [Fact]
    public async Task Tab_reaches_every_chart()
    {
        IPage page = await OpenAsync();
        HashSet<string> reached = [];
        for (int k = 0; k < 60; k++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string?>("document.activeElement.closest('.plot')?.getAttribute('aria-label') ?? null") is { } plot)
            {
                reached.Add(plot);
                Assert.True(await page.Locator("#values").IsVisibleAsync());
            }
        }

        Assert.Equal(Charts, reached.Count);
    }

    [Theory]
    [InlineData(320)]
    [InlineData(390)]
    [InlineData(768)]
    [InlineData(1280)]
    public async Task Nothing_overflows(int width)
    {
        IPage page = await OpenAsync(width);
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));

        Assert.Empty(await PageChecks.CoveredTextsAsync(page));

        ILocator plot = page.Locator(".plot").Nth(3);
        await plot.HoverAsync();
        LocatorBoundingBoxResult? box = await page.Locator("#values").BoundingBoxAsync();
        Assert.True(box!.X >= 0 && box.X + box.Width <= width);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Texts_and_lines_stand_out(ColorScheme scheme)
    {
        IPage page = await OpenAsync(scheme: scheme);
        await page.Locator("[data-key]").First.ClickAsync();
        await page.Locator(".plot").Nth(3).HoverAsync();
        Assert.True(await PageChecks.StandOutAsync(page) > 500);
    }
}
