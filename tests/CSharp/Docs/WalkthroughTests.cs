using System.Diagnostics;

namespace Canon.Tests.Docs;

/// <summary>The walk through the note, in C# and in F#: both run, and print the same text.</summary>
public sealed class WalkthroughTests
{
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static readonly string Expected = Repository.File("samples/note-walkthrough.txt");

    [Fact]
    public void The_CSharp_walkthrough_runs() =>
        Prints("run", "--configuration", Configuration, "--file", Repository.File("samples/note-walkthrough.cs"));

    [Fact]
    public void The_FSharp_walkthrough_runs() =>
        Prints("fsi", $"--lib:{AppContext.BaseDirectory}", Repository.File("samples/note-walkthrough.fsx"));

    private static void Prints(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // A build server that stays behind would keep the output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        // fsi warns of a folder of the other configuration.
        Assert.True(process.ExitCode == 0, $"{output}\n{error.Result}");
        if (Environment.GetEnvironmentVariable("CANON_UPDATE_BASELINES") == "1")
            File.WriteAllText(Expected, output);
        Assert.Equal(File.ReadAllText(Expected), output);
    }
}
