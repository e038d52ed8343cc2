using System.Diagnostics;

namespace Canon.Tests.Docs;

/// <summary>The walk through the note, in C# and in F#: both run, and print the same text.</summary>
public sealed class WalkthroughTests
{
    private static readonly string Expected = Repository.File("samples/note-walkthrough.txt");

    [Fact]
    public void The_CSharp_walkthrough_runs() =>
        Prints("run", Repository.File("samples/note-walkthrough.cs"));

    [Fact]
    public void The_FSharp_walkthrough_runs() =>
        Prints("fsi", $"--lib:{AppContext.BaseDirectory}", Repository.File("samples/note-walkthrough.fsx"));

    private static void Prints(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.Equal(("", 0), (error.Result, process.ExitCode));
        if (Environment.GetEnvironmentVariable("CANON_UPDATE_BASELINES") == "1")
            File.WriteAllText(Expected, output);
        Assert.Equal(File.ReadAllText(Expected), output);
    }
}
