using Microsoft.Playwright;

namespace Canon.Tests.Browser;

/// <summary>A browser that is on this machine already: nothing is downloaded.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Missing =
        "The browser tests need Chromium: install it (Debian: apt-get install chromium), or say by CANON_CHROMIUM where it is.";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome.exe"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public IBrowser Browser => _browser!;

    public async Task InitializeAsync()
    {
        string path = Find(Environment.GetEnvironmentVariable) ?? throw new InvalidOperationException(Missing);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Where it is: as told, or among the programs; null where it is not.</summary>
    public static string? Find(Func<string, string?> variable)
    {
        if (variable("CANON_CHROMIUM") is { Length: > 0 } told)
            return File.Exists(told) ? told : null;
        return (variable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }
}
