using System.Diagnostics;

namespace Canon.Tests.Docs;

/// <summary>The samples that are programs run; the walk through the note prints the same text in C# and in F#.</summary>
public sealed class WalkthroughTests
{
    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    [Fact]
    public void The_CSharp_walkthrough_runs() =>
        Prints("note-walkthrough.txt", "run", "--configuration", Configuration, "--file", Repository.File("samples/note-walkthrough.cs"));

    [Fact]
    public void The_FSharp_walkthrough_runs() =>
        Prints("note-walkthrough.txt", "fsi", $"--lib:{AppContext.BaseDirectory}", Repository.File("samples/note-walkthrough.fsx"));

    [Fact]
    public void The_event_in_process_runs() =>
        Prints("pcr-in-process.txt", "run", "--configuration", Configuration, "--file", Repository.File("samples/pcr-in-process.cs"));

    private static void Prints(string text, params string[] arguments)
    {
        string expected = Repository.File($"samples/{text}");
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
            File.WriteAllText(expected, output);
        Assert.Equal(File.ReadAllText(expected), output);
    }
}
