namespace Canon.Cli.Rendering;
internal static class LabHtml
{
    public static string Page(IReadOnlyList<LaboratoryRun> runs, LaboratoryOptions options, string command) => throw new NotImplementedException();
}
