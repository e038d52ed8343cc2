using System.Diagnostics;
using System.Text;
using Canon.Cli;

namespace Canon.Tests.Cli;

/// <summary>
/// The tool run in the test's process, or the one that <c>CANON_TOOL</c> names in a process of its own, except where a test brings a
/// terminal or an interruption.
/// </summary>
internal static class CanonTool
{
    private static readonly string? published = Environment.GetEnvironmentVariable("CANON_TOOL");

    public static Result Run(params string[] args) => Run(isTerminal: false, width: 80, args);

    public static Result Run(bool isTerminal, int width, params string[] args) => Run("", isTerminal, width, default, args);

    /// <summary>With a text as standard input.</summary>
    public static Result Read(string input, params string[] args) => Run(input, isTerminal: false, width: 80, default, args);

    /// <summary>Interrupted before it has done anything.</summary>
    public static Result Interrupted(params string[] args) => Run("", isTerminal: false, width: 80, new(canceled: true), args);

    private static Result Run(string input, bool isTerminal, int width, CancellationToken cancellation, string[] args)
    {
        if (published is not null && !isTerminal && width == 80 && !cancellation.IsCancellationRequested)
            return Published(published, input, args);
        using StringWriter output = new(), error = new();
        using var reader = new StringReader(input);
        int exitCode = Program.Run(
            args,
            new Screens(Screens.Of(output, isTerminal, width), Screens.Of(error, isTerminal, width)) { In = reader },
            cancellation);
        return new(exitCode, output.ToString(), error.ToString());
    }

    private static Result Published(string tool, string input, string[] args)
    {
        var start = new ProcessStartInfo(tool, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return new(process.ExitCode, output.Result, error.Result);
    }

    internal sealed record Result(int ExitCode, string Output, string Error)
    {
        /// <summary>Exit code 2, one line on standard error that names the tool, nothing else anywhere.</summary>
        public void IsUsageError(params string[] parts)
        {
            Assert.Equal("", Output);
            Assert.StartsWith("canon: ", Error);
            Assert.Single(Error.TrimEnd('\r', '\n').Split('\n'));
            Assert.All(parts, part => Assert.Contains(part, Error));
            Assert.DoesNotContain("   at ", Error);
            Assert.Equal(2, ExitCode);
        }
    }
}
