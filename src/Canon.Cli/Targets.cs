using System.Text;

namespace Canon.Cli;

/// <summary>Files to be written.</summary>
internal static class Targets
{
    /// <summary>Refuses what can be seen to fail before it is tried.</summary>
    public static void RequireWritable(string input, string? target, bool force)
    {
        if (target is null)
            return;
        if (target.Length == 0)
            throw new UsageException("the name of a file to write is empty; name a file");
        if (Directory.Exists(target))
            throw new UsageException($"{target}: this is a folder; name a file");
        if (!force && AreSame(input, target))
            throw new UsageException($"{target}: this is the input; name another file, or add --force to replace it");
        if (!force && File.Exists(target))
            throw new UsageException($"{target}: the file exists; name another file, or add --force to replace it");
        string folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        if (!Directory.Exists(folder))
            throw new UsageException($"{target}: there is no folder {folder}; make it first or name another");
    }

    public static bool AreSame(string one, string other) =>
        string.Equals(Real(one), Real(other), OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static string Real(string path) =>
        new FileInfo(path) is { Exists: true } file && file.ResolveLinkTarget(returnFinalTarget: true) is { } target
            ? target.FullName
            : Path.GetFullPath(path);

    /// <summary>A text written beside its target and renamed once it is complete; removed if it never is.</summary>
    public sealed class Text : IDisposable
    {
        private readonly string path;
        private readonly string temporary;

        private Text(string path, string temporary)
        {
            this.path = path;
            this.temporary = temporary;
        }

        public static Text Create(string path, string content)
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            var text = new Text(path, Path.Combine(folder, $".canon-{Guid.NewGuid():N}.tmp"));
            try
            {
                Try(path, () => File.WriteAllText(text.temporary, content, new UTF8Encoding(false)));
                return text;
            }
            catch
            {
                text.Dispose();
                throw;
            }
        }

        public void Commit(bool overwrite) => Try(path, () => File.Move(temporary, path, overwrite));

        public void Dispose() => File.Delete(temporary);

        private static void Try(string path, Action write)
        {
            try
            {
                write();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new UsageException($"{path}: cannot write: {failure.Message}");
            }
        }
    }
}
