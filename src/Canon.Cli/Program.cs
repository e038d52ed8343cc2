using System.Runtime.InteropServices;
using System.Text;

namespace Canon.Cli;

/// <summary>The <c>canon</c> tool.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var interrupted = new CancellationTokenSource();

        // The first Ctrl+C lets the files be tidied up; a second one ends the process at once.
        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = !interrupted.IsCancellationRequested;
            interrupted.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        return Run(args, Screens.OfProcess(), interrupted.Token);
    }

    /// <summary>Runs the tool on any screens and answers the exit code.</summary>
    internal static int Run(string[] args, Screens screens, CancellationToken cancellation = default) =>
        Failures.Guard(screens, () => CommandLine.Invoke(args, screens, cancellation));
}
