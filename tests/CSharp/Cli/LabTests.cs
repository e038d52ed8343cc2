using System.Text.Json;
using Canon.Tests.Files;

namespace Canon.Tests.Cli;

/// <summary><c>canon lab</c>: methods trained against each other.</summary>
public sealed class LabTests
{
    private static readonly string[] Small =
        ["lab", "--dataset", "moons", "--methods", "none,pcr-hard:note", "--seeds", "2", "--steps", "60", "--trials", "4", "--hidden", "8"];

    [Fact]
    public void Json_is_one_object_a_run_with_every_figure()
    {
        List<JsonElement> runs = Runs([.. Small, "--json"]);

        Assert.Equal(
            [("none", 1), ("none", 2), ("pcr-hard:note", 1), ("pcr-hard:note", 2)],
            runs.Select(run => (run.GetProperty("method").GetString(), run.GetProperty("seed").GetInt32())));
        foreach (JsonElement run in runs)
        {
            Assert.Equal("moons", run.GetProperty("dataset").GetString());
            Assert.Equal(60, run.GetProperty("steps").GetInt32());
            Assert.InRange(run.GetProperty("accuracy").GetDouble(), 0.3, 1);
            foreach (string figure in new[] { "nll", "ece", "global_gain", "seconds", "rate" })
                Assert.True(run.GetProperty(figure).GetDouble() > 0, figure);
            Assert.Equal(JsonValueKind.Null, run.GetProperty("failure").ValueKind);
            Assert.Equal(60, run.GetProperty("curve").EnumerateArray().Last().GetProperty("step").GetInt32());
        }

        Assert.Equal(JsonValueKind.Null, runs[0].GetProperty("strength").ValueKind);
        Assert.Equal(JsonValueKind.Null, runs[0].GetProperty("loss_jump").GetProperty("1").ValueKind);
        Assert.Equal(JsonValueKind.Number, runs[2].GetProperty("strength").ValueKind);
        Assert.Equal(JsonValueKind.Number, runs[2].GetProperty("loss_jump").GetProperty("100").ValueKind);
        Assert.True(runs[2].GetProperty("event_seconds").GetDouble() > 0);
    }

    [Fact]
    public void The_same_command_gives_the_same_figures()
    {
        static IEnumerable<(double, double)> Figures(JsonElement run) =>
            [(run.GetProperty("nll").GetDouble(), run.GetProperty("global_gain").GetDouble())];

        Assert.Equal(Runs([.. Small, "--json"]).SelectMany(Figures), Runs([.. Small, "--json"]).SelectMany(Figures));
    }

    [Fact]
    public void Text_has_a_table_of_means_and_one_of_events()
    {
        CanonTool.Result result = CanonTool.Run(Small);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("8 units, 60 steps of 32 samples, 2 seeds", result.Output);
        string[] lines = result.Output.Split('\n');
        Assert.Matches(@"^  method +rate +strength +accuracy % +nll +calibration % +gain +µs/step", lines.Single(line => line.Contains("accuracy")));
        Assert.Matches(@"^  none +\S+ +- +\d+\.\d ± \d+\.\d", lines.Single(line => line.StartsWith("  none", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.StartsWith("  pcr-hard:note", StringComparison.Ordinal)));
    }

    [Fact]
    public void One_seed_has_no_deviation()
    {
        CanonTool.Result result = CanonTool.Run(
            "lab", "--dataset", "spirals", "--methods", "l2", "--seeds", "1", "--steps", "10", "--trials", "1", "--hidden", "4");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(", 1 seed", result.Output);
        Assert.DoesNotContain("±", result.Output);
        Assert.DoesNotContain("event", result.Output);
    }

    [Fact]
    public void The_digits_come_with_the_tool()
    {
        JsonElement run = Runs([
            "lab", "--dataset", "digits", "--methods", "adamw", "--seeds", "1", "--steps", "300", "--trials", "1", "--hidden", "32", "--json"]).Single();

        Assert.True(run.GetProperty("accuracy").GetDouble() > 0.85);
    }

    [Fact]
    public void A_given_rate_and_strength_are_not_tuned()
    {
        List<JsonElement> runs = Runs([.. Small, "--rate", "0.01", "--strength", "7", "--json"]);

        Assert.All(runs, run => Assert.Equal(0.01, run.GetProperty("rate").GetDouble()));
        Assert.Equal(7, runs[^1].GetProperty("strength").GetDouble());
        Assert.Equal(JsonValueKind.Null, runs[0].GetProperty("strength").ValueKind);
    }

    [Fact]
    public void What_is_not_known_is_refused()
    {
        CanonTool.Run("lab", "--dataset", "mnist").IsUsageError("--dataset mnist", "digits, digits-noisy, moons, spirals");
        CanonTool.Run("lab", "--methods", "pcr").IsUsageError("--methods pcr", "pcr-hard");
        CanonTool.Run("lab", "--methods", "pcr-hard:fast").IsUsageError("--methods pcr-hard:fast", "covariant", "period=N");
        CanonTool.Run("lab", "--methods", "pcr-hard:period=0").IsUsageError("a period is a whole number above 0");
        CanonTool.Run("lab", "--methods", "l2:note").IsUsageError("only pcr-hard and pcr-soft have variants");
        CanonTool.Run("lab", "--hidden", "64,0").IsUsageError("--hidden 64,0");
        CanonTool.Run("lab", "--seeds", "0").IsUsageError("--seeds 0");
        CanonTool.Run("lab", "--strength", "1").IsUsageError("--strength", "--rate");
        CanonTool.Run("lab", "--rate", "0.01").IsUsageError("--rate: l2 has a strength", "--strength");
        CanonTool.Run("lab", "--rate", "-1").IsUsageError("--rate -1: a number above 0");
        CanonTool.Run("lab", "--trials", "none").IsUsageError("--trials none");
    }

    [Fact]
    public void A_file_that_exists_is_refused_before_anything_is_trained()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Put("lab.html", "mine"u8.ToArray());

        CanonTool.Run([.. Small, "--html", file]).IsUsageError(file, "--force");

        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void An_interruption_leaves_nothing()
    {
        CanonTool.Result result = CanonTool.Interrupted(Small);

        Assert.Equal((130, ""), (result.ExitCode, result.Output));
    }

    private static List<JsonElement> Runs(string[] args)
    {
        CanonTool.Result result = CanonTool.Run(args);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return [.. result.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
