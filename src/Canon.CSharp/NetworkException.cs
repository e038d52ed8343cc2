namespace Canon;

/// <summary>
/// Something is wrong with a network: sizes that do not fit, a wire that nothing names, numbers that are missing or not
/// finite. The message is one line: what, where, and what to do.
/// </summary>
public sealed class NetworkException : Exception
{
    /// <summary>Says what is wrong.</summary>
    /// <param name="message">One line: what, where, and what to do.</param>
    public NetworkException(string message)
        : base(message)
    {
    }

    internal NetworkException(string message, bool isOutOfRange)
        : base(message) => IsOutOfRange = isOutOfRange;

    /// <summary>Whether a result is too large for the numbers it is to be stored in.</summary>
    public bool IsOutOfRange { get; }
}
