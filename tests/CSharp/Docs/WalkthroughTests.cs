using System.Diagnostics;
using System.Text;

namespace Canon.Tests.Docs;

/// <summary>
/// The walk through the note in both languages prints one text, which is written down. After a change that is meant:
/// <c>CANON_UPDATE_BASELINES=1 dotnet test --filter Walkthrough</c>, and commit the file.
/// </summary>
public sealed class WalkthroughTests
{
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    [Fact]
    public async Task The_walk_in_FSharp_prints_what_is_written_down()
    {
        string printed = await Printed("fsi", $"--lib:{AppContext.BaseDirectory.TrimEnd('/', '\\')}", "samples/note-walkthrough.fsx");
        if (Environment.GetEnvironmentVariable("CANON_UPDATE_BASELINES") == "1")
            await File.WriteAllTextAsync(Repository.File("samples/note-walkthrough.txt"), printed);

        Assert.Equal(Expected, printed);
    }

    [Fact]
    public async Task The_walk_in_CSharp_prints_what_is_written_down() =>
        Assert.Equal(Expected, await Printed("run", "--configuration", Configuration, "--file", "samples/note-walkthrough.cs"));

    private static string Expected => File.ReadAllText(Repository.File("samples/note-walkthrough.txt"));

    private static async Task<string> Printed(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        // A server that stays behind would keep the output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, $"{await output}\n{await error}");
        return await output;
    }
}
