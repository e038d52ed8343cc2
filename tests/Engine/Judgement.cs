using System.Text;
using Canon.Onnx;

namespace Canon.Tests.Engine;

/// <summary>What the engine says of everything that a model is rewritten to.</summary>
internal sealed class Judgement
{
    /// <summary>The largest difference that rounding accounts for, relative to the largest output.</summary>
    public const double Tolerance = 1e-4;

    // Faults of the engine itself, in what it makes of a sound graph when it optimises it: says nothing of the graph.
    private static readonly string[] _engineFaults =
    [
        // A Pad is fused into a pool behind it whose kernel is smaller than the sum of their pads.
        "Pad should be smaller than kernel",
    ];

    private static readonly int[] _seeds = [1, 2, 3, 4, 5, 6, 7, 8];

    private readonly List<string> _problems = [];
    private readonly List<string> _details = [];

    private Judgement(string model) => Model = model;

    /// <summary>The file of the model.</summary>
    public string Model { get; }

    /// <summary>What is wrong, a line each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Every figure, a line each.</summary>
    public IReadOnlyList<string> Details => _details;

    /// <summary>The outputs of the model.</summary>
    public IReadOnlyList<EngineOutput> Outputs { get; private set; } = [];

    /// <summary>
    /// The largest difference that passes: more than <see cref="Tolerance"/> where the outputs of the original itself move further when
    /// the engine sums in another order, or when its inputs change by 1e-6.
    /// </summary>
    public double Limit { get; private set; } = Tolerance;

    /// <summary>The largest difference of a form that rewriting made.</summary>
    public double Difference { get; private set; }

    /// <summary>Whether the lossless form gives the same bits; null where there is none.</summary>
    public bool? IsLossless { get; private set; }

    /// <summary>Rewrites a model to every form and has the engine compare them.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="path">The model.</param>
    /// <param name="folder">Where the rewritten models are written.</param>
    /// <param name="inputs">What the inputs are filled with.</param>
    /// <param name="seeds">Where the random numbers start.</param>
    /// <param name="gain">The gain of a row.</param>
    public static Judgement Of(
        OnnxRuntime engine,
        string path,
        string folder,
        EngineInputs? inputs = null,
        IReadOnlyList<int>? seeds = null,
        GainDefinition gain = GainDefinition.RowNorm)
    {
        var judgement = new Judgement(path);
        IReadOnlyList<(string Name, string Path)> forms = judgement.Write(folder, gain);
        foreach (bool optimise in new[] { true, false })
            judgement.Compare(engine, forms, inputs ?? EngineInputs.Default, seeds ?? _seeds, optimise);
        return judgement;
    }

    /// <summary>Problems and figures, for a message.</summary>
    public override string ToString() =>
        new StringBuilder().AppendJoin('\n', _problems).Append("\n\n").AppendJoin('\n', _details).ToString();

    private List<(string Name, string Path)> Write(string folder, GainDefinition gain)
    {
        var written = new List<(string, string)>();
        try
        {
            using OnnxModel model = OnnxModel.Open(Model);
            _details.Add($"read as {Shortened(model.Network.ToString())}");
            foreach ((string name, Func<OnnxModel, CanonicalizeOptions, Network> make) in Forms.All)
            {
                string target = Path.Combine(folder, $"{name}.onnx");
                if (Try(name, () => model.Save(target, make(model, model.Options with { Definition = gain }), overwrite: true)))
                    written.Add((name, target));
            }
        }
        catch (ModelFileException failure)
        {
            _problems.Add($"cannot be read: {failure.Message}");
        }

        return written;
    }

    // Whatever goes wrong here is a finding: the message has to say of which form of which model.
    private bool Try(string form, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception failure)
        {
            _problems.Add(failure is NetworkException or ModelFileException
                ? $"{form}: cannot be made: {failure.Message}"
                : $"{form}: cannot be made: {failure}");
            return false;
        }
    }

    private void Compare(
        OnnxRuntime engine, IReadOnlyList<(string Name, string Path)> forms, EngineInputs inputs, IReadOnlyList<int> seeds, bool optimise)
    {
        string level = optimise ? "optimised" : "as it stands";
        EngineAnswer answer = engine.Compare(Model, [.. forms.Select(form => form.Path)], inputs, seeds, optimise);
        if (answer.Error is not null)
        {
            (optimise && IsEngineFault(answer.Error) ? _details : _problems)
                .Add($"the engine does not run the model itself, {level}: {answer.Error}");
            return;
        }

        Outputs = answer.Outputs;
        _details.AddRange(answer.Outputs.Select(output =>
            $"{level}: output {output.Name} of shape [{string.Join(", ", output.Shape)}], at most {output.Largest:g3}"
            + (output.NonFinite == 0 ? "" : $", {output.NonFinite} entries not finite")));
        if (optimise)
        {
            Limit = Math.Max(Tolerance, 2 * answer.Noise);
            _details.Add($"{level}: rounding alone moves the original by {answer.Noise:e2}; differences up to {Limit:e2} pass");
        }

        foreach (((string name, _), EngineComparison found) in forms.Zip(answer.Comparisons))
        {
            string figures = found.Error ?? $"difference {found.Difference:e2}, {(found.BitEqual ? "equal bits" : "other bits")}";
            _details.Add($"{level}: {name}: {figures}");
            if (!optimise && name == Forms.Lossless)
                IsLossless = found.Error is null && found.BitEqual;
            if (!optimise && !Forms.IsExact(name))
                Difference = Math.Max(Difference, found.Error is null ? found.Difference : double.PositiveInfinity);

            bool sound = found.Error is { } error
                ? optimise && IsEngineFault(error)
                : found.Difference <= Limit && (optimise || found.BitEqual || !Forms.IsExact(name));
            if (!sound)
                _problems.Add($"{name}, {level}: {figures}");
        }
    }

    private static bool IsEngineFault(string error) => _engineFaults.Any(fault => error.Contains(fault, StringComparison.Ordinal));

    private static string Shortened(string text) => text.Length <= 2000 ? text : $"{text[..2000]} …";
}
