namespace Canon.Tests.Onnx;

/// <summary>The models that come with the project.</summary>
internal static class Samples
{
    /// <summary>The file of a sample model.</summary>
    public static string Path(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Canon.sln")))
            folder = folder.Parent;
        Assert.NotNull(folder);
        return System.IO.Path.Combine(folder.FullName, "samples", "models", $"{name}.onnx");
    }
}
