namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon rewrite</c> for.</summary>
internal sealed record RewriteRequest(string Term, string? Rules, string? Strategy, string? File, int Limit)
{
    /// <summary>Reads the term and the rules, and rewrites.</summary>
    public Derivation Execute(TextReader input)
    {
        string text = Term == "-" ? input.ReadToEnd() : Term;
        if (!Network.TryParse(text, [], out Network? network, out string? error))
            throw Excerpt.Failure("the term", text, error);
        IReadOnlyList<Rule> own = File is null ? [] : [.. RuleFile.Read(File).Select(Usable)];
        IReadOnlyList<Rule> known = [.. Rule.Catalog, .. own];
        IReadOnlyList<Rule> chosen = Rules is null ? own : [.. Rules.Split(',', StringSplitOptions.TrimEntries).Select(name => known.Named(name, "--rules"))];
        string plan = Strategy ?? (chosen.Count == 0 ? "canonical" : "innermost");
        if (!Canon.Strategy.TryParse(plan, known, chosen, out Strategy? strategy, out error))
            throw Excerpt.Failure("--strategy", plan, error, "; canon rules lists the rules");
        return strategy.Apply(Sized(network), Limit);
    }

    // A strategy alone neither fills in the sizes that the layers tell nor sees that they contradict each other.
    private static Network Sized(Network network) =>
        network.TryCanonicalize(null, out CanonicalForm? form, out string? error)
            ? form.Original
            : throw new UsageException($"the term: {error}");

    private Rule Usable(RuleText rule)
    {
        if (rule.Misfit is { } misfit)
            throw new UsageException($"{File}: {rule.Rule.Name}: {misfit}");
        return Rule.Catalog.Any(known => known.Name == rule.Rule.Name)
            ? throw new UsageException($"{File}: line {rule.Line}: the catalog has a rule of the name {rule.Rule.Name}; choose another")
            : rule.Rule;
    }
}
