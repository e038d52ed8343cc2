using System.Text.Json;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>The analyses as one JSON object. The keys are stable; a figure that does not exist is null, with its reason beside it.</summary>
internal static class AnalyzeJson
{
    public static void Write(IReadOnlyList<AnalyzedModel> models, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        Json.Objects(json, "models", models, model => Write(json, model));
        Json.Objects(json, "course", ModelAnalysis.Compare(models.Select(model => model.Analysis)), point =>
        {
            Json.Number(json, "global_gain_log2", point.GlobalGainLog2);
            Json.Number(json, "cosine_to_first", point.CosineToFirst);
            Json.Number(json, "cosine_to_previous", point.CosineToPrevious);
            if (point.Interference is { } interference)
            {
                json.WriteStartObject("interference");
                Json.Number(json, "mean", interference.Mean);
                Json.Numbers(json, "quartiles", [interference.Least, interference.Lower, interference.Median, interference.Upper, interference.Most]);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("interference");
            }
        });
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, AnalyzedModel model)
    {
        ModelAnalysis analysis = model.Analysis;
        json.WriteString("input", model.Path);
        Write(json, "global_gain", analysis.GlobalGain);
        Json.Numbers(json, "gain_direction", analysis.GainDirection);
        Json.Numbers(json, "gain", analysis.Gain);
        json.WriteStartArray("classes");
        foreach (string name in model.Classes)
            json.WriteStringValue(name);
        json.WriteEndArray();
        Write(json, "path_norm_l1", analysis.PathNorm1);
        Write(json, "path_norm_l1_largest_output", analysis.LargestOutputPathNorm1);
        Write(json, "path_norm_l2", analysis.PathNorm2);
        Write(json, "lipschitz_upper", analysis.LipschitzBound);
        Write(json, "lipschitz_lower", analysis.LipschitzSampled);
        Json.Objects(json, "layers", analysis.Layers, layer =>
        {
            json.WriteString("name", layer.Name);
            json.WriteString("kind", layer.Kind);
            json.WriteNumber("rows", layer.Rows);
            json.WriteNumber("columns", layer.Columns);
            Json.Numbers(json, "gain", layer.Gain);
            Json.Numbers(json, "gain_log2", layer.GainLog2);
            Json.Numbers(json, "interference", layer.Interference);
            json.WriteNumber("dead_units", layer.DeadUnits);
            json.WriteNumber("constant_units", layer.ConstantUnits);
        });
        Json.Objects(json, "branches", analysis.Branches, branch =>
        {
            json.WriteString("sum", branch.At);
            json.WriteNumber("branch", branch.Branch);
            Json.Numbers(json, "relative_gain", branch.RelativeGain);
        });
        Json.Objects(json, "spectral_norms", analysis.SpectralNorms, norm =>
        {
            json.WriteString("name", norm.Name);
            json.WriteString("kind", norm.Kind);
            Write(json, "norm", norm.Norm);
        });
        Json.Objects(json, "idle_units", analysis.Units.Layers, layer =>
        {
            json.WriteString("name", layer.Name);
            json.WriteNumber("dead", layer.Dead);
            json.WriteNumber("constant", layer.Constant);
            json.WriteNumber("unobserved", layer.Unobserved);
            json.WriteNumber("duplicate", layer.Duplicate);
        });
        json.WriteNumber("parameters", analysis.Units.ParametersBefore);
        json.WriteNumber("parameters_without_idle_units", analysis.Units.ParametersAfter);
        Json.Objects(json, "tensors", analysis.Ranges, range =>
        {
            json.WriteString("name", range.Name);
            json.WriteString("type", range.ElementType.ToString().ToLowerInvariant());
            json.WriteNumber("count", range.Count);
            json.WriteNumber("zeros", range.Zeros);
            Json.Number(json, "largest", range.Largest);
            Json.Number(json, "smallest", range.Smallest);
            Json.Number(json, "root_mean_square", range.RootMeanSquare);
            Json.Number(json, "bits", range.Bits);
            Json.Number(json, "float16_headroom", range.Float16Headroom);
        });
        Json.Objects(json, "refusals", analysis.Derivation.Refusals, refusal =>
        {
            json.WriteString("rule", refusal.Rule);
            json.WriteString("at", refusal.At);
            json.WriteString("reason", refusal.Reason);
        });
    }

    private static void Write(Utf8JsonWriter json, string key, Figure figure)
    {
        Json.Number(json, key, figure.Value);
        Json.Number(json, key + "_log2", figure.Log2);
        if (!figure.Exists)
            json.WriteString(key + "_missing", figure.Missing);
    }
}
