using System.Collections.Concurrent;
using Canon.Onnx;
using Canon.Onnx.Files;
using Canon.Tests.Files;

namespace Canon.Tests.Engine;

/// <summary>What is read of a real model, what the canonical form makes of it, and what the engine says: a row of docs/models.md.</summary>
internal sealed class ModelReport
{
    private static readonly ConcurrentDictionary<CorpusModel, Lazy<ModelReport>> _made = [];

    private readonly CorpusModel _model;
    private readonly int _nodes;
    private readonly string _layers = "", _opaque = "", _scales = "";

    private ModelReport(CorpusModel model, OnnxRuntime engine)
    {
        _model = model;
        using (var folder = new TemporaryFolder())
            Judgement = Judgement.Of(engine, model.FullPath, folder.FullName, model.Inputs, model.Seeds, model.Gain);
        try
        {
            using (ModelFile file = ModelFile.Open(model.FullPath))
                _nodes = file.Model.Graph.Node.Count;
            using OnnxModel opened = OnnxModel.Open(model.FullPath);
            IReadOnlyList<Network> terms = opened.Network.Terms;
            _layers = $"{terms.Count(term => term.TryLinear(out _))}";
            _opaque = Counts(terms.Select(term => term.TryOpaque(out OpaqueLayer? layer) && layer.Output == 0 ? layer.Name : null));
            _scales = Counts(opened.Network.Canonicalize(opened.Options with { Definition = model.Gain }).Network.ExplainScales().Select(Why));
        }
        catch (Exception failure) when (failure is ModelFileException or NetworkException)
        {
            _scales = failure.Message;
        }
    }

    /// <summary>What the engine says.</summary>
    public Judgement Judgement { get; }

    /// <summary>The headings of the rows.</summary>
    public static IReadOnlyList<string> Heading { get; } =
    [
        "| model | source | nodes | layers read as terms | opaque nodes | scales that stay, and why | relative difference | lossless |",
        "| --- | --- | ---: | ---: | --- | --- | --- | --- |",
    ];

    /// <summary>The row. A difference varies by machine, so that only the limit that it keeps stands there.</summary>
    public string Row => $"| {_model.Name} | {_model.Origin} | {_nodes} | {_layers} | {Cell(_opaque)} | {Cell(_scales)} | "
        + $"{(Judgement.Difference <= Judgement.Tolerance ? "≤ 1e-4" : Judgement.Difference <= Judgement.Limit ? "as its own" : "> 1e-4")}"
        + $"{(_model.Gain == GainDefinition.Augmented ? ", `--gain augmented`" : "")} | "
        + $"{(Judgement.IsLossless switch { true => "equal bits", false => "other bits", null => "–" })} |";

    /// <summary>The report on a model; made once.</summary>
    public static ModelReport Of(CorpusModel model, OnnxRuntime engine) =>
        _made.GetOrAdd(model, key => new Lazy<ModelReport>(() => new ModelReport(key, engine))).Value;

    private static string Why(StandingScale scale) => scale.Standstill switch
    {
        Standstill.AtOutput => "at an output",
        Standstill.RelativeToLeader => "against the branch that leads",
        Standstill.BeforeOpaque => $"in front of {scale.Reason}",
        Standstill.Refused => $"{scale.Rule}: {scale.Reason}",
        Standstill.Movable => $"could move by {scale.Rule}",
        _ => "no rule",
    };

    private static string Counts(IEnumerable<string?> things) => string.Join("; ", things.OfType<string>().CountBy(thing => thing)
        .OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal)
        .Select(count => $"{count.Value} {count.Key}"));

    private static string Cell(string text) => text.Length == 0 ? "–" : text.Replace("|", "\\|", StringComparison.Ordinal);
}
