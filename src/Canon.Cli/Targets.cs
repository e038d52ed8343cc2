using System.Text;
using Canon.Onnx;

namespace Canon.Cli;

/// <summary>Files to be written.</summary>
internal static class Targets
{
    /// <summary>Refuses what can be seen to fail before it is tried.</summary>
    public static void RequireWritable(string? input, string? target, bool force)
    {
        if (target is null)
            return;
        if (target.Length == 0)
            throw new UsageException("the name of a file to write is empty; name a file");
        if (Directory.Exists(target))
            throw new UsageException($"{target}: this is a folder; name a file");
        if (!force && input is not null && AreSame(input, target))
            throw new UsageException($"{target}: this is the input; name another file, or add --force to replace it");
        if (!force && File.Exists(target))
            throw new UsageException($"{target}: the file exists; name another file, or add --force to replace it");
        if (IsDevice(Real(target)))
            throw new UsageException($"{target}: this is a device and no file; name a file");
        string folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        if (!Directory.Exists(folder))
            throw new UsageException($"{target}: there is no folder {folder}; make it first or name another");
    }

    /// <summary>Refuses to replace a file that holds weights of an open model.</summary>
    public static void RequireNoWeights(OnnxModel model, params IEnumerable<string?> targets)
    {
        foreach (string target in targets.OfType<string>())
        {
            if (model.DataFiles.Any(file => AreSame(file, target)))
                throw new UsageException($"{target}: this file holds weights of the input; name another file");
        }
    }

    public static bool AreSame(string one, string other) =>
        string.Equals(Real(one), Real(other), OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows() && !path.StartsWith("/dev/shm/", StringComparison.Ordinal)
        && path.Split('/', 3) is ["", "dev" or "proc" or "sys", ..];

    private static string Real(string path) =>
        new FileInfo(path) is { Exists: true } file && file.ResolveLinkTarget(returnFinalTarget: true) is { } target
            ? target.FullName
            : Path.GetFullPath(path);

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

    /// <summary>
    /// A model written in a folder of its own beside its target, under the name that it is to have: a second file with its data
    /// is referred to by name. Both take their places once they are found to be right, or neither does.
    /// </summary>
    public sealed class Draft : IDisposable
    {
        // On Windows a file that is read cannot be opened by who might write.
        private static readonly bool canFlushLater = !OperatingSystem.IsWindows();

        private readonly string name;
        private readonly string target;
        private readonly string folder;
        private Task flush = Task.CompletedTask;

        private Draft(string target)
        {
            name = target;
            // What a link leads to is replaced, and the link stays.
            this.target = target = Real(target);
            folder = System.IO.Path.Combine(
                System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(target))!, $".canon-{Guid.NewGuid():N}.tmp");
            Path = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(target));
        }

        /// <summary>Where the model is to be written.</summary>
        public string Path { get; }

        /// <summary>The second file, once it is in its place; null where there is none.</summary>
        public string? DataTarget { get; private set; }

        public static Draft Create(string target)
        {
            var draft = new Draft(target);
            Try(target, () => Directory.CreateDirectory(draft.folder));
            return draft;
        }

        /// <summary>Writes a network of an open model, reads the file back and has it checked.</summary>
        public CheckReport Write(
            OnnxModel model,
            Network network,
            NetworkNumbers? numbers,
            ExternalData externalData,
            Work stages,
            CancellationToken cancellation,
            Func<Network, IProgress<double>?, CheckReport> check)
        {
            try
            {
                model.Save(Path, network, false, externalData, stages.Begin("writing"), cancellation, !canFlushLater, numbers);
                // The disk takes its time, in which the check has enough to do.
                if (canFlushLater)
                    flush = Task.Run(() => Array.ForEach(Directory.GetFiles(folder), Flush), CancellationToken.None);
                using OnnxModel written = OnnxModel.Open(Path);
                return check(written.Network, stages.Begin("checking the file"));
            }
            catch (ModelFileException failure) when (failure.InnerException is NetworkException { IsOutOfRange: true } beyond)
            {
                throw beyond;
            }
            catch (ModelFileException failure)
            {
                throw new UsageException(failure.Message.Replace(Path, name, StringComparison.Ordinal));
            }
        }

        /// <summary>
        /// When the disk has them, moves the data, then the model, which refers to them; if that fails the data are moved back.
        /// </summary>
        public void Commit(bool overwrite)
        {
            Try(target, flush.GetAwaiter().GetResult);
            string data = OnnxModel.DataFileOf(Path), dataTarget = OnnxModel.DataFileOf(target), replaced = Path + ".old";
            if (!File.Exists(data))
            {
                Try(target, () => File.Move(Path, target, overwrite));
                return;
            }

            RequireWritable(Path, dataTarget, overwrite);
            bool isOld = File.Exists(dataTarget);
            if (isOld)
                Try(dataTarget, () => File.Move(dataTarget, replaced));
            try
            {
                Try(dataTarget, () => File.Move(data, dataTarget));
                Try(target, () => File.Move(Path, target, overwrite));
                DataTarget = dataTarget;
            }
            catch
            {
                if (isOld)
                    File.Move(replaced, dataTarget, overwrite: true);
                else if (!File.Exists(data))
                    File.Delete(dataTarget);
                throw;
            }
        }

        public void Dispose()
        {
            Task.WaitAny(flush);
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }

        private static void Flush(string file)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
    }

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
    }
}
