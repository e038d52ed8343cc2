using Canon.Cli;
using Canon.Tests.Files;
using Microsoft.Playwright;

namespace Canon.Tests.Browser;

/// <summary>The report of <c>canon analyze --html</c> as a browser shows it.</summary>
[Trait("Suite", "Slow")]
public sealed class AnalyzePageTests(Chromium chromium, AnalyzePageTests.Report report)
    : IClassFixture<Chromium>, IClassFixture<AnalyzePageTests.Report>
{
    /// <summary>Pages of real models: one with residual branches, one with skips of its own, and several beside each other.</summary>
    public sealed class Report : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Report()
        {
            Write("one", Repository.Model("digits-residual-mlp"));
            Write("unet", Repository.File("tests/Engine/models/unet_small__bn.onnx"));
            Write("dense", Repository.File("tests/Engine/models/densenet_tiny__fold.onnx"));
            Write("several", Repository.Model("digits-mlp"), Repository.Model("digits-mlp-tanh"), Repository.Model("digits-cnn"));
        }

        public string Address(string name) => new Uri(_folder[name + ".html"]).AbsoluteUri;

        public void Dispose() => _folder.Dispose();

        private void Write(string name, params string[] models)
        {
            using StringWriter output = new(), error = new();
            string[] args = ["analyze", .. models, "--no-spectral-norms", "--points", "1", "--html", _folder[name + ".html"]];
            Assert.True(Cli.Program.Run(args, new Screens(Screens.Of(output, false), Screens.Of(error, false)), default) == 0, error.ToString());
        }
    }

    private async Task<IPage> OpenAsync(string name, int width = 1280, ColorScheme scheme = ColorScheme.Light, bool script = true)
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme, JavaScriptEnabled = script,
        });
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(report.Address(name));
        return page;
    }

    [Theory]
    [InlineData("one", "Analysis of digits-residual-mlp.onnx")]
    [InlineData("dense", "Analysis of densenet_tiny__fold.onnx")]
    [InlineData("several", "Analysis of 3 models")]
    public async Task Opens_without_a_message_and_without_the_network(string name, string title)
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync();
        IPage page = await context.NewPageAsync();
        List<string> messages = [], requests = [];
        page.Console += (_, message) => messages.Add(message.Text);
        page.PageError += (_, error) => messages.Add(error);
        context.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(report.Address(name));
        foreach (ILocator plot in await page.Locator(".plot").AllAsync())
            await plot.HoverAsync();

        Assert.Empty(messages);
        Assert.Equal([report.Address(name)], requests);
        Assert.Equal(title, await page.TitleAsync());
    }

    [Theory]
    [InlineData("one", 6, true)]
    [InlineData("one", 6, false)]
    [InlineData("dense", 5, true)]
    [InlineData("several", 10, true)]
    public async Task Every_chart_is_drawn(string name, int charts, bool script)
    {
        IPage page = await OpenAsync(name, script: script);
        IReadOnlyList<ILocator> drawn = await page.Locator("svg.chart").AllAsync();

        Assert.Equal(charts, drawn.Count);
        foreach (ILocator chart in drawn)
        {
            Assert.True(await chart.BoundingBoxAsync() is { Width: > 300, Height: > 70 });
            Assert.True(await chart.Locator(".tick").CountAsync() >= 2);
            Assert.True(await chart.Locator("path.line, rect.beam, path.marker, path.bars").CountAsync() >= 1);
        }

        // Behind each of them its figures.
        Assert.Equal(charts, await page.Locator("figure details.figures").CountAsync());
        Assert.Equal(script, await page.Locator(".scheme").IsVisibleAsync());
    }

    [Theory]
    [InlineData("one", 8, 4)]
    [InlineData("unet", 18, 1)]
    [InlineData("dense", 28, 1)]
    public async Task The_network_is_drawn_without_boxes_on_each_other(string name, int layers, int scales)
    {
        IPage page = await OpenAsync(name);

        Assert.Equal(layers, await page.Locator(".graph .box.linear").CountAsync());
        Assert.Equal(scales, await page.Locator(".graph .box.scale").CountAsync());
        Assert.Equal(0, await page.Locator(".graph").EvaluateAsync<int>("""
            graph => {
              const boxes = [...graph.querySelectorAll(".box rect")].map(rect => rect.getBoundingClientRect());
              return boxes.filter((a, k) => boxes.slice(k + 1).some(b =>
                a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length;
            }
            """));
        string[] wide = await page.Locator(".graph .box").EvaluateAllAsync<string[]>("""
            boxes => boxes.flatMap(box => [...box.querySelectorAll("text")]
              .filter(text => text.getBoundingClientRect().width > box.querySelector("rect").getBoundingClientRect().width)
              .map(text => text.textContent))
            """);
        Assert.Empty(wide);
    }

    [Fact]
    public async Task A_switch_hides_its_model_in_the_charts_over_all_models()
    {
        IPage page = await OpenAsync("several");
        ILocator parts = page.Locator("svg.chart [data-m='1']:visible");
        int drawn = await parts.CountAsync();
        Assert.True(drawn >= 4);

        await page.Locator("[data-key='1']").FocusAsync();
        await page.Keyboard.PressAsync("Space");
        Assert.Equal(0, await parts.CountAsync());
        Assert.True(await page.Locator("svg.chart [data-m='0']:visible").CountAsync() >= 4);
        Assert.True(await page.Locator("#course-direction-title").Locator("xpath=..").Locator("path.line:visible").CountAsync() == 2);

        await page.Keyboard.PressAsync("Space");
        Assert.Equal(drawn, await parts.CountAsync());
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task A_button_changes_between_light_and_dark(ColorScheme scheme)
    {
        IPage page = await OpenAsync("one", scheme: scheme);
        Task<string> Paper() => page.Locator("html").EvaluateAsync<string>("html => getComputedStyle(html).backgroundColor");
        string first = await Paper();

        await page.Locator(".scheme").ClickAsync();
        string second = await Paper();
        await page.Locator(".scheme").ClickAsync();

        Assert.NotEqual(first, second);
        Assert.Equal(first, await Paper());
    }

    [Fact]
    public async Task Pointer_and_keys_show_values()
    {
        IPage page = await OpenAsync("several");
        ILocator values = page.Locator("#values");
        foreach (ILocator plot in await page.Locator(".plot").AllAsync())
        {
            await plot.HoverAsync();
            Assert.True(await values.IsVisibleAsync());
            Assert.Matches("[0-9]", await values.InnerTextAsync());

            await plot.FocusAsync();
            await page.Keyboard.PressAsync("Home");
            string first = await values.InnerTextAsync();
            await page.Keyboard.PressAsync("ArrowRight");
            Assert.NotEqual(first, await values.InnerTextAsync());
            await page.Keyboard.PressAsync("Escape");
            Assert.False(await values.IsVisibleAsync());
        }
    }

    [Fact]
    public async Task The_derivation_unfolds_step_by_step()
    {
        IPage page = await OpenAsync("one");
        ILocator steps = page.Locator(".derivation").Nth(1);
        ILocator first = steps.Locator("li details").First;
        Assert.Equal(21, await steps.Locator("li").CountAsync());
        Assert.False(await first.IsVisibleAsync());

        await steps.Locator("summary").First.ClickAsync();
        Assert.True(await first.IsVisibleAsync());
        Assert.False(await first.Locator(".term").First.IsVisibleAsync());

        await first.Locator("summary").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("before linear(i.weight, i.bias)", await first.Locator(".term").First.InnerTextAsync());
        Assert.Equal("after unit_row_linear(V_i, i.bias') -> scale(g_i)", await first.Locator(".term").Nth(1).InnerTextAsync());
    }

    [Theory]
    [InlineData("one", 320)]
    [InlineData("one", 1280)]
    [InlineData("dense", 390)]
    [InlineData("dense", 1280)]
    [InlineData("several", 390)]
    [InlineData("several", 768)]
    public async Task Nothing_overflows(string name, int width)
    {
        IPage page = await OpenAsync(name, width);

        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Empty(await PageChecks.CoveredTextsAsync(page));
    }

    [Theory]
    [InlineData("several", ColorScheme.Light)]
    [InlineData("several", ColorScheme.Dark)]
    [InlineData("dense", ColorScheme.Light)]
    [InlineData("dense", ColorScheme.Dark)]
    public async Task Texts_and_lines_stand_out(string name, ColorScheme scheme)
    {
        IPage page = await OpenAsync(name, scheme: scheme);

        Assert.True(await PageChecks.StandOutAsync(page) > 300);
    }
}
