using Canon.Onnx.Schema;
using Canon.Tests.Files;
using Google.Protobuf;

namespace Canon.Tests.Cli;

/// <summary>What goes wrong is one line that says what, where and what to do; nothing is left behind.</summary>
public sealed class ErrorTests : IDisposable
{
    private static readonly string Mlp = Repository.Model("digits-mlp");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string[]> BadUsage => new()
    {
        { "there is no option --frobnicate; see canon canonicalize --help", ["canonicalize", "--frobnicate", "m.onnx"] },
        { "--frobnicate", ["canonicalize", "m.onnx", "--frobnicate"] },
        { "see canon inspect --help", ["inspect"] },
        { "see canon --help", ["frobnicate"] },
        { "--samples 0", ["canonicalize", "m.onnx", "--samples", "0"] },
        { "--samples many", ["canonicalize", "m.onnx", "--samples", "many"] },
        { "--seed 1.5", ["canonicalize", "m.onnx", "--seed", "1.5"] },
        { "--tolerance -1", ["canonicalize", "m.onnx", "--tolerance", "-1"] },
        { "--tolerance NaN", ["canonicalize", "m.onnx", "--tolerance", "NaN"] },
        { "loudness", ["canonicalize", "m.onnx", "--gain", "loudness"] },
        { "--output", ["canonicalize", "m.onnx", "--output"] },
        { "there is no option --frobnicate", ["explain", "--frobnicate", "m.onnx"] },
        { "there is no option --frobnicate", ["rewrite", "--frobnicate", "relu"] },
        { "there is no option -x", ["rewrite", "-x"] },
        { "there is no option --frobnicate", ["rules", "--frobnicate"] },
        { "--latex and --json exclude each other", ["rewrite", "relu", "--latex", "--json"] },
        { "--limit -1: a whole number above 0 is needed", ["rewrite", "relu", "--limit", "-1"] },
        { "Unrecognized command or argument 'relu'", ["rewrite", "relu", "relu"] },
        { "--tries is for --check", ["rules", "--tries", "5"] },
        { "--seed is for --check", ["rules", "unit-scale", "--seed", "5"] },
        { "--tries 0", ["rules", "--check", "--tries", "0"] },
    };

    [Theory]
    [MemberData(nameof(BadUsage))]
    public void Bad_usage_points_to_help(string part, string[] args) => CanonTool.Run(args).IsUsageError(part, "--help");

    [Theory]
    [InlineData("inspect")]
    [InlineData("canonicalize")]
    [InlineData("explain")]
    public void A_model_that_cannot_be_read_is_named(string command)
    {
        CanonTool.Run(command, _folder["missing.onnx"]).IsUsageError(_folder["missing.onnx"], "no such file");
        CanonTool.Run(command, _folder.FullName).IsUsageError(_folder.FullName, "folder");
        CanonTool.Run(command, "").IsUsageError("the name of the model is empty; name a file");
        CanonTool.Run(command, _folder.Put("empty.onnx", [])).IsUsageError("empty.onnx: ");
        CanonTool.Run(command, _folder.Put("binary.onnx", [0, 255, 1, 254, 0])).IsUsageError("binary.onnx: ");
        CanonTool.Run(command, _folder.Put("text.onnx", "not a model at all"u8.ToArray())).IsUsageError("text.onnx: not a");
        CanonTool.Run(command, _folder.Put("cut.onnx", File.ReadAllBytes(Mlp)[..30_000])).IsUsageError("cut.onnx: ");
    }

    [Fact]
    public void An_existing_file_is_not_replaced()
    {
        string model = _folder.Put("model.onnx", File.ReadAllBytes(Mlp));
        string other = _folder.Put("other.onnx", [1]);

        CanonTool.Run("canonicalize", model, "-o", other).IsUsageError(other, "the file exists", "--force");
        CanonTool.Run("canonicalize", model, "--derivation", other).IsUsageError(other, "the file exists", "--force");
        CanonTool.Run("canonicalize", model, "-o", model).IsUsageError(model, "this is the input", "--force");
        CanonTool.Run("canonicalize", model, "--derivation", model, "--force").IsUsageError(model, "would replace the model");
        CanonTool.Run("canonicalize", model, "-o", _folder["new"], "--derivation", _folder["new"]).IsUsageError("would replace the model");

        Assert.Equal(File.ReadAllBytes(Mlp), File.ReadAllBytes(model));
        Assert.Equal([1], File.ReadAllBytes(other));
        Assert.Equal(["model.onnx", "other.onnx"], _folder.Names);
    }

    [Fact]
    public void A_link_to_the_input_is_the_input()
    {
        string model = _folder.Put("model.onnx", File.ReadAllBytes(Mlp));
        File.CreateSymbolicLink(_folder["link.onnx"], model);

        CanonTool.Run("canonicalize", model, "-o", _folder["link.onnx"]).IsUsageError("link.onnx: this is the input");
    }

    [Fact]
    public void Folders_that_cannot_be_written_to_are_named()
    {
        string file = _folder.Put("file", [1]);

        CanonTool.Run("canonicalize", Mlp, "-o", _folder["no/out.onnx"]).IsUsageError("no/out.onnx", "there is no folder");
        CanonTool.Run("canonicalize", Mlp, "-o", Path.Combine(file, "out.onnx")).IsUsageError("there is no folder");
        CanonTool.Run("canonicalize", Mlp, "-o", _folder.FullName).IsUsageError("this is a folder");
        CanonTool.Run("canonicalize", Mlp, "-o", "").IsUsageError("empty");
        if (Directory.Exists("/proc/self"))
            CanonTool.Run("canonicalize", Mlp, "-o", "/proc/self/out.onnx", "--derivation", _folder["out.md"]).IsUsageError("/proc/self/out.onnx");
        Assert.Equal(["file"], _folder.Names);
    }

    [Fact]
    public void A_weight_that_is_no_number_is_named()
    {
        byte[] bytes = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Mlp)) is { } model && Spoil(model) ? model.ToByteArray() : [];
        string path = _folder.Put("nan.onnx", bytes);

        CanonTool.Run("canonicalize", path, "-o", _folder["out.onnx"]).IsUsageError("nan.onnx", "2.weight", "NaN", "export it again");
        Assert.Equal(["nan.onnx"], _folder.Names);
    }

    [Fact]
    public void A_bug_is_called_one()
    {
        using StringWriter output = new(), error = new();
        var screens = new Canon.Cli.Screens(Canon.Cli.Screens.Of(output, false), Canon.Cli.Screens.Of(error, false));

        int exitCode = Canon.Cli.Failures.Guard(screens, () => throw new InvalidOperationException("two\nlines"));

        Assert.Equal(70, exitCode);
        Assert.Equal("canon: this is a bug in canon, please report it: System.InvalidOperationException: two lines", error.ToString().TrimEnd());
    }

    private static bool Spoil(ModelProto model)
    {
        TensorProto weight = model.Graph.Initializer.First(tensor => tensor.Name == "2.weight");
        byte[] data = weight.RawData.ToByteArray();
        BitConverter.TryWriteBytes(data.AsSpan(40), float.NaN);
        weight.RawData = ByteString.CopyFrom(data);
        return true;
    }
}
