using Canon.Tests.Files;

namespace Canon.Tests.Browser;

/// <summary>Where a browser is looked for. These tests start none.</summary>
public sealed class ChromiumTests
{
    [Fact]
    public void It_is_looked_for_where_it_is_told_to_be_and_among_the_programs()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Put("chromium", []);

        Assert.Equal(path, Chromium.Find(name => name == "PATH" ? folder.FullName : null));
        Assert.Equal(path, Chromium.Find(name => name == "CANON_CHROMIUM" ? path : null));
        Assert.Null(Chromium.Find(name => name == "CANON_CHROMIUM" ? folder["none"] : folder.FullName));
        Assert.Null(Chromium.Find(_ => null));
    }
}
