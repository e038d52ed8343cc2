using System.Diagnostics;
using Canon.Onnx;
using Canon.Onnx.Files;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>What became of a case.</summary>
/// <param name="Problem">What must not happen; null where it did not.</param>
/// <param name="Saved">Whether a model was written.</param>
/// <param name="Refusal">The line that refused it; null where none did.</param>
/// <param name="Opening">The bytes that were allocated to open it.</param>
/// <param name="Allocated">The bytes that were allocated on the way.</param>
/// <param name="Time">How long it took.</param>
internal sealed record FuzzResult(string? Problem, bool Saved, string? Refusal, long Opening, long Allocated, TimeSpan Time)
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    // The smallest stack that callers have by default, on any system.
    private const int Stack = 1 << 20;

    // A declared size that nobody checks takes more than this to open. Rewriting a thousand nodes in a row takes up to that, all that
    // is dropped on the way counted.
    private const long MostToOpen = 200L << 20, Most = 1L << 30;

    /// <summary>Whether the case did not come to its end: its thread cannot be stopped.</summary>
    public bool Hangs => Time >= _limit;

    /// <summary>Opens, prints, canonicalises, reconstitutes, saves and opens again.</summary>
    public static FuzzResult Of(FuzzCase drawn, FuzzFolder folder)
    {
        File.WriteAllText(folder.Note, $"seed {drawn.Seed}: {drawn.Changes}");
        File.WriteAllBytes(folder.Model, drawn.Bytes);
        FuzzResult? result = null;
        string stage = "";
        var worker = new Thread(() => result = Run(drawn, folder, at => stage = at), Stack) { IsBackground = true };
        worker.Start();
        if (!worker.Join(_limit))
            return new FuzzResult($"{stage}: no end after {_limit.TotalSeconds} seconds", false, null, 0, 0, _limit);

        string? problem = result!.Problem
            ?? folder.Problem(drawn.Bytes, result.Saved)
            ?? (result.Opening > MostToOpen || result.Allocated > Most
                ? $"{result.Opening >> 20} MB were allocated to open a file of {drawn.Bytes.Length} bytes, {result.Allocated >> 20} MB in all"
                : null);
        folder.Clear();
        return result with { Problem = problem };
    }

    private static FuzzResult Run(FuzzCase drawn, FuzzFolder folder, Action<string> begin)
    {
        long before = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
        string? problem = null, refusal = null, stage = null;
        bool saved = false;
        long Allocated() => GC.GetAllocatedBytesForCurrentThread() - before;
        long? opening = null;
        void Begin(string next)
        {
            opening ??= stage is null ? null : Allocated();
            begin(stage = next);
        }

        try
        {
            Rewrite(drawn.Seed, folder, Begin);
            saved = true;
        }
        catch (Exception failure) when (stage != "opened again" && failure is ModelFileException or NetworkException)
        {
            refusal = failure.Message;
            if (refusal.Any(char.IsControl))
                problem = $"{stage}: the message is not one line: {refusal}";
        }
        catch (Exception failure)
        {
            // Of a stack that is used up the whole trace says no more.
            problem = $"{stage}: {string.Join('\n', failure.ToString().Split('\n').Take(12))}";
            saved = stage == "opened again";
        }

        return new FuzzResult(problem, saved, refusal, opening ?? Allocated(), Allocated(), Stopwatch.GetElapsedTime(started));
    }

    private static void Rewrite(int seed, FuzzFolder folder, Action<string> stage)
    {
        stage("opened");
        using OnnxModel model = OnnxModel.Open(folder.Model, splitShared: seed % 5 == 0);
        stage("printed");
        model.Network.ToStringWithShapes();
        stage("canonicalised");
        CanonicalForm form = model.Network.Canonicalize(model.Options with { Lossless = seed % 7 == 0 });
        form.Network.ToString();
        stage("reconstituted");
        Network reconstituted = form.Reconstitute(seed % 2 == 0 ? Representative.Original : Representative.Canonical);
        stage("explained");
        form.Network.ExplainScales();
        stage("saved");
        Network chosen = (seed % 3) switch { 0 => model.Network, 1 => form.Network, _ => reconstituted };
        model.Save(folder.Output, chosen, externalData: (seed % 4) switch
        {
            0 => ExternalData.Beside,
            1 => ExternalData.Inside,
            _ => ExternalData.AsRead,
        });
        stage("opened again");
        using OnnxModel written = OnnxModel.Open(folder.Output);
        written.Network.ToStringWithShapes();
    }
}
