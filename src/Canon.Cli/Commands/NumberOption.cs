using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Canon.Cli.Commands;

/// <summary>Options that take numbers, with errors that say which numbers.</summary>
internal static class NumberOption
{
    public static Option<int> Positive(string name, string description, int byDefault) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
        CustomParser = Parsed<int>(
            (text, out n) => int.TryParse(text, CultureInfo.InvariantCulture, out n) && n > 0, "a whole number above 0"),
    };

    public static Option<int> Seed(string description) => new("--seed")
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        CustomParser = Parsed<int>((text, out n) => int.TryParse(text, CultureInfo.InvariantCulture, out n), "a whole number"),
    };

    public static Option<double> Tolerance(string description) => new("--tolerance")
    {
        Description = description,
        HelpName = "T",
        CustomParser = Parsed<double>(
            (text, out t) => double.TryParse(text, CultureInfo.InvariantCulture, out t) && t >= 0, "a number that is not negative"),
    };

    public static Option<double?> AboveZero(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = Parsed<double?>((text, out x) => IsFinite(text, out x) && x > 0, "a number above 0"),
    };

    public static Option<double?> NotNegative(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = Parsed<double?>((text, out x) => IsFinite(text, out x) && x >= 0, "a number that is not negative"),
    };

    private delegate bool TryParse<T>(string text, out T value);

    private static bool IsFinite(string text, out double? value)
    {
        bool isNumber = double.TryParse(text, CultureInfo.InvariantCulture, out double number);
        value = number;
        return isNumber && double.IsFinite(number);
    }

    private static Func<ArgumentResult, T> Parsed<T>(TryParse<T> tryParse, string wanted) => result =>
    {
        string text = result.Tokens[0].Value;
        if (!tryParse(text, out T value))
            result.AddError($"{((OptionResult)result.Parent!).Option.Name} {text}: {wanted} is needed");
        return value;
    };
}
