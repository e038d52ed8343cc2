using Canon.Onnx;

namespace Canon.Cli;

/// <summary>Something the user asked for that cannot be done. One line: what, where, what to do.</summary>
/// <param name="message">The line.</param>
/// <param name="excerpt">The place in a text that is wrong, for people; null where there is none.</param>
internal sealed class UsageException(string message, Excerpt? excerpt = null) : Exception(message)
{
    public Excerpt? Excerpt => excerpt;
}

/// <summary>Work that was interrupted and has left something to go on with.</summary>
internal sealed class InterruptedException(string message) : OperationCanceledException(message);

/// <summary>Exit codes, and failures as one line on standard error.</summary>
internal static class Failures
{
    public const int Success = 0;
    public const int CheckFailed = 1;
    public const int Usage = 2;
    public const int Bug = 70;
    public const int Interrupted = 130;

    /// <summary>Runs a command; no exception and no stack trace gets past.</summary>
    public static int Guard(Screens screens, Func<int> command)
    {
        try
        {
            return command();
        }
        catch (InterruptedException failure)
        {
            return Say(screens, failure.Message, Interrupted);
        }
        catch (OperationCanceledException)
        {
            return Say(screens, "interrupted; nothing was written", Interrupted);
        }
        catch (Exception failure) when (failure
            is UsageException or ModelFileException or NetworkException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            Say(screens, WithoutParameter(failure), Usage);
            (failure as UsageException)?.Excerpt?.Write(screens.Error);
            return Usage;
        }
        catch (Exception failure)
        {
            return Say(
                screens,
                $"this is a bug in canon, please report it: {failure.GetType().FullName}: {failure.Message}",
                Bug);
        }
    }

    public static int Say(Screens screens, string message, int exitCode)
    {
        screens.Error.Profile.Out.Writer.WriteLine("canon: " + Plain.Text(message));
        return exitCode;
    }

    private static string WithoutParameter(Exception failure)
    {
        string suffix = $" (Parameter '{(failure as ArgumentException)?.ParamName}')";
        return failure.Message.Replace(suffix, "", StringComparison.Ordinal);
    }
}
