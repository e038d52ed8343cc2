namespace Canon.Tests;

/// <summary>The files of the project, wherever the tests run.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string File(string path) => Path.Combine(Root, path);

    public static string Model(string name) => File($"samples/models/{name}.onnx");

    private static string Find(string folder) =>
        System.IO.File.Exists(Path.Combine(folder, "Canon.sln"))
            ? folder
            : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no Canon.sln above the tests"));
}
