namespace Canon.Cli.Reports;

/// <summary>Terms that the calculus knows nothing of.</summary>
internal static class OpaqueTerms
{
    /// <summary>What the operator is called; null for a term that the calculus knows.</summary>
    public static string? OpaqueName(this Network term) => term.TryOpaque(out OpaqueLayer? opaque) ? opaque.Name : null;
}
