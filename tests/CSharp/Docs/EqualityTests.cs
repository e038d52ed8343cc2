using Canon.Tests.Cli;

namespace Canon.Tests.Docs;

/// <summary>The commands of docs/equality.md print what stands below them.</summary>
public sealed class EqualityTests
{
    [Fact]
    public void The_commands_print_what_is_said()
    {
        string[] lines = File.ReadAllLines(Repository.File("docs/equality.md"));
        int[] commands = [.. lines.Index().Where(line => line.Item.StartsWith("    canon ", StringComparison.Ordinal)).Select(line => line.Index)];

        Assert.Equal(3, commands.Length);
        Assert.All(commands, command =>
        {
            IEnumerable<string> shown = lines.Skip(command + 2)
                .TakeWhile(line => line.Length == 0 || line.StartsWith("    ", StringComparison.Ordinal))
                .Select(line => line.Length == 0 ? line : line[4..]);
            string[] words = [.. lines[command].Trim().Split(' ').Skip(1).Select(word => word.EndsWith(".onnx", StringComparison.Ordinal) ? Repository.File(word) : word)];
            string printed = CanonTool.Run(isTerminal: false, width: 1000, words).Output.Replace(Repository.Root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);

            Assert.Equal(string.Join('\n', shown).TrimEnd(), string.Join('\n', printed.Split('\n').Select(line => line.TrimEnd())).TrimEnd());
        });
    }
}
