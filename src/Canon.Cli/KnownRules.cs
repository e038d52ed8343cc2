namespace Canon.Cli;

/// <summary>Rules by their names.</summary>
internal static class KnownRules
{
    /// <summary>The rule of a name.</summary>
    /// <param name="rules">The rules to choose from.</param>
    /// <param name="name">The name.</param>
    /// <param name="option">What the name was given to, for the error; "" for an argument.</param>
    public static Rule Named(this IEnumerable<Rule> rules, string name, string option = "") =>
        rules.FirstOrDefault(rule => rule.Name == name)
            ?? throw new UsageException(
                $"{(option == "" ? "" : option + ": ")}there is no rule of the name '{name}'; canon rules lists them");
}
