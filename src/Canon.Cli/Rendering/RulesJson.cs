using System.Text.Json;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>Rules, and the evidence for them, as one JSON object. The keys are stable.</summary>
internal static class RulesJson
{
    public static void Write(IReadOnlyList<Rule> rules, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        Json.Objects(json, "rules", rules, rule => Rule(json, rule));
        json.WriteEndObject();
    });

    public static void Write(IReadOnlyList<RuleEvidence> found, VerifyOptions options, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("tries", options.Tries);
        json.WriteNumber("seed", options.Seed);
        Json.Objects(json, "rules", found, evidence =>
        {
            Evidence tried = evidence.Verdict.Evidence;
            Rule(json, evidence.Rule);
            if (evidence.Line is { } line)
                json.WriteNumber("line", line);
            json.WriteString("verdict", evidence.Status);
            json.WriteNumber("networks", tried.Networks);
            json.WriteNumber("fired", tried.Fired);
            json.WriteNumber("refused", tried.Refusals.Values.Sum());
            Json.Number(json, "worst_error", tried.WorstError);
            if (evidence.Misfit is { } misfit)
                json.WriteString("misfit", misfit);
            if (evidence.Verdict.Counterexample is { } wrong)
                Counterexample(json, wrong, evidence.Verdict);
        });
        json.WriteEndObject();
    });

    private static void Rule(Utf8JsonWriter json, Rule rule)
    {
        json.WriteString("name", rule.Name);
        json.WriteString("law", rule.Law);
        json.WriteString("exactness", rule.Exactness == Exactness.BitExact ? "bit-exact" : "exact");
        json.WriteString("source", rule.Source);
    }

    private static void Counterexample(Utf8JsonWriter json, Counterexample wrong, Verdict verdict)
    {
        json.WriteStartObject("counterexample");
        json.WriteString("network", wrong.Network.ToStringWithDefinitions());
        json.WriteString("at", wrong.At);
        json.WriteString("before", wrong.Before.ToString());
        json.WriteString("after", wrong.After.ToString());
        json.WriteString("reason", wrong.Reason);
        Json.Numbers(json, "input", wrong.Input);
        json.WriteStartObject("named_inputs");
        foreach ((string name, IReadOnlyList<double> input) in wrong.NamedInputs)
            Json.Numbers(json, name, input);
        json.WriteEndObject();
        Json.Numbers(json, "expected", wrong.Expected);
        Json.Numbers(json, "actual", wrong.Actual);
        json.WriteNumber("seed", wrong.Seed);
        json.WriteString("text", verdict.ToString());
        json.WriteEndObject();
    }
}
