namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon rewrite</c> for.</summary>
internal sealed record RewriteRequest(string Term, string? Rules, string? Strategy, string? File, int Limit)
{
    /// <summary>Reads the term and the rules, and rewrites.</summary>
    public Derivation Execute()
    {
        string text = Term == "-" ? Console.In.ReadToEnd() : Term;
        if (!Network.TryParse(text, [], out Network? network, out string? error))
            throw new UsageException($"the term: {error}");
        IReadOnlyList<Rule> own = File is null ? [] : [.. RuleFile.Read(File).Select(Usable)];
        IReadOnlyList<Rule> known = [.. Rule.Catalog, .. own];
        IReadOnlyList<Rule> chosen = Rules is null ? own : [.. Rules.Split(',', StringSplitOptions.TrimEntries).Select(name => Named(name, known))];
        if (Strategy is null && chosen.Count == 0)
            return Canonical(network);
        if (!Canon.Strategy.TryParse(Strategy ?? "innermost", known, chosen, out Strategy? strategy, out error))
            throw new UsageException($"--strategy: {error}; canon rules lists the rules");
        return strategy.Apply(network, Limit);
    }

    // Sizes that the layers tell are filled in first, which a strategy alone does not do.
    private Derivation Canonical(Network network) =>
        Canon.Strategy.Canonicalizing.Apply(network.Canonicalize().Original, Limit);

    private Rule Usable(RuleText rule)
    {
        if (rule.Misfit is { } misfit)
            throw new UsageException($"{File}: {rule.Rule.Name}: {misfit}");
        return Rule.Catalog.Any(known => known.Name == rule.Rule.Name)
            ? throw new UsageException($"{File}: line {rule.Line}: the catalog has a rule of the name {rule.Rule.Name}; choose another")
            : rule.Rule;
    }

    private static Rule Named(string name, IEnumerable<Rule> known) =>
        known.FirstOrDefault(rule => rule.Name == name)
            ?? throw new UsageException($"--rules: there is no rule of the name '{name}'; canon rules lists them");
}
