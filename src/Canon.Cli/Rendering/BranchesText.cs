using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>One row a branch that does not lead.</summary>
internal static class BranchesText
{
    public static void Write(IReadOnlyList<BranchReport> branches, Page page)
    {
        Table table = Tables.New("sum").AddNumber("branch").AddNumber("min").AddNumber("median").AddNumber("max");
        foreach (BranchReport branch in branches)
        {
            double[] gains = [.. branch.RelativeGain.Order()];
            table.AddRow(
                branch.At.Length == 0 ? "-" : Page.Escape(branch.At),
                Plain.Count(branch.Branch),
                Plain.Number(gains[0]),
                Plain.Number(gains[gains.Length / 2]),
                Plain.Number(gains[^1]));
        }

        page.Write(table);
    }
}
