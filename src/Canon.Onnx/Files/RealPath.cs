namespace Canon.Onnx.Files;

/// <summary>Where a path really leads once every symbolic link on the way is followed.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>
    /// The full path without links. Parts that do not exist stay as they are.
    /// </summary>
    /// <exception cref="IOException">The links lead in a circle.</exception>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        string current = Path.GetPathRoot(full)!;
        var pending = new Stack<string>();
        Push(pending, full[current.Length..]);
        for (int links = 0; pending.TryPop(out string? part);)
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                current = Path.GetDirectoryName(current) ?? current;
                continue;
            }

            string next = Path.Combine(current, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            if (++links > MostLinks)
                throw new IOException("too many symbolic links");
            if (Path.IsPathRooted(target))
            {
                current = Path.GetPathRoot(target)!;
                target = target[current.Length..];
            }

            Push(pending, target);
        }

        return current;
    }

    private static void Push(Stack<string> pending, string path)
    {
        string[] parts = path.Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        foreach (string part in parts.Reverse())
            pending.Push(part);
    }
}
