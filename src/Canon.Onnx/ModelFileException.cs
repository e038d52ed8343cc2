namespace Canon.Onnx;

/// <summary>
/// A model file that cannot be read or written: damaged, not a model, larger than the format allows, or refused by the
/// file system. The message is one line: the file, the place in it, what is wrong there, and what to do.
/// </summary>
public sealed class ModelFileException : Exception
{
    /// <summary>An exception with a default message.</summary>
    public ModelFileException()
        : base("The model file cannot be read or written.")
    {
    }

    /// <summary>An exception with the given message.</summary>
    public ModelFileException(string message)
        : base(OneLine(message))
    {
    }

    /// <summary>An exception with the given message and the failure behind it.</summary>
    public ModelFileException(string message, Exception? innerException)
        : base(OneLine(message), innerException)
    {
    }

    internal static bool IsFileSystemFailure(Exception exception) =>
        exception is IOException or UnauthorizedAccessException;

    /// <summary>The same failure of the file system in one clear line.</summary>
    internal static ModelFileException FromFileSystem(string path, string attempt, Exception failure)
    {
        string reason = failure switch
        {
            FileNotFoundException => "there is no such file",
            DirectoryNotFoundException => "there is no such folder",
            UnauthorizedAccessException => "permission denied",
            _ => failure.Message,
        };
        return new ModelFileException($"{path}: cannot {attempt}: {reason}", failure);
    }

    // Names in a damaged file can hold anything, and would otherwise rule the reader's terminal.
    private static string OneLine(string message) =>
        string.Concat(message.Select(character => char.IsControl(character) ? ' ' : character));
}
