using System.Globalization;
using Xunit.Abstractions;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>
/// Models damaged by chance: each is refused in one clear line, or opened, rewritten, written and opened again. The same at every
/// run. <c>CANON_FUZZ_CASES</c> says how many, <c>CANON_FUZZ_SEED</c> which is the first.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const string Count = "CANON_FUZZ_CASES", First = "CANON_FUZZ_SEED";
    private const int MostProblems = 20;

    [Fact]
    public void A_few_damaged_models_are_rewritten_or_refused_in_one_line() => Run(1, 300);

    [Fact]
    [Trait("Suite", "Slow")]
    public void Damaged_models_are_rewritten_or_refused_in_one_line() => Run(Number(First, 1001), Number(Count, 20_000));

    [Fact]
    public void A_seed_gives_one_case() =>
        Assert.All(Enumerable.Range(1, 20), seed => Assert.Equal(FuzzCase.Make(seed).Bytes, FuzzCase.Make(seed).Bytes));

    private void Run(int first, int count)
    {
        var problems = new List<string>();
        int saved = 0, hanging = 0;
        long largest = 0, opening = 0;
        TimeSpan longest = default;
        var folder = new FuzzFolder();
        for (int seed = first; seed < first + count && problems.Count < MostProblems && hanging < 3; seed++)
        {
            FuzzCase drawn = FuzzCase.Make(seed);
            FuzzResult result = FuzzResult.Of(drawn, folder);
            saved += result.Saved ? 1 : 0;
            largest = Math.Max(largest, result.Allocated);
            opening = Math.Max(opening, result.Opening);
            longest = result.Time > longest ? result.Time : longest;
            if (result.Problem is null)
                continue;
            problems.Add($"{Kept(drawn)}\n{drawn.Changes}\n{result.Problem}\nagain: {Again(seed)}");
            if (result.Hangs)
            {
                // Its thread goes on there.
                hanging++;
                folder = new FuzzFolder();
            }
        }

        folder.Dispose();
        output.WriteLine($"{count} cases, {saved} saved; at most {opening >> 20} MB allocated to open one, {largest >> 20} MB in all, {longest.TotalMilliseconds:f0} ms");
        Assert.True(problems.Count == 0, $"\n{string.Join("\n\n", problems)}");
    }

    private static string Kept(FuzzCase drawn)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"canon-fuzz-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"case-{drawn.Seed}.onnx");
        File.WriteAllBytes(path, drawn.Bytes);
        return path;
    }

    private static string Again(int seed) =>
        $"{Count}=1 {First}={seed} dotnet test tests/Engine --settings tests/slow.runsettings --filter FuzzTests";

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
