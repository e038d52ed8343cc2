using System.Text.Json;
using Canon.Onnx;

namespace Canon.Cli.Rendering;

/// <summary>What is said of a checkpoint that was written.</summary>
internal static class CheckpointText
{
    public static void Write(Page page, string file, SavedCheckpoint saved, int tensors, string changed, IReadOnlyList<string> left)
    {
        string files = saved.Files > 1 ? $" in {saved.Files} files" : "";
        string others = left.Count == 0 ? "" : $", {Plain.Count(left.Count)} left as they are ({Plain.Few(left)})";
        page.Line(
            Page.Escape($"wrote {file}: {Plain.Count(tensors, "tensor")}{files}, {Plain.Count(tensors - left.Count)} {changed}{others}"), indent: 2);
        if (saved.Kept > 0)
            page.Line($"{Plain.Count(saved.Kept)} of the files {(saved.Kept == 1 ? "was" : "were")} finished by an earlier run", indent: 4);
        if (saved.Discarded)
            page.Line("what an earlier run had finished was of other inputs or options, and was discarded", indent: 4);
    }

    public static void Write(Utf8JsonWriter json, SavedCheckpoint? saved)
    {
        json.WriteNumber("files", saved?.Files ?? 0);
        json.WriteNumber("files_kept", saved?.Kept ?? 0);
        json.WriteBoolean("discarded", saved?.Discarded ?? false);
    }
}
