using Canon.Tests.Files;

namespace Canon.Tests.Cli;

/// <summary>What the tool does not write over, even when it is told to replace files.</summary>
public sealed class TargetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void IsRefused(string reason, params string[] arguments)
    {
        var (exitCode, _, error) = CanonTool.Run(["canonicalize", .. arguments]);
        Assert.Equal(2, exitCode);
        Assert.Contains(reason, error);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Fact]
    public void A_device_is_no_file()
    {
        if (!OperatingSystem.IsWindows())
            IsRefused("is a device", Repository.Model("digits-mlp"), "-o", "/dev/null", "--force");
    }

    [Fact]
    public void Weights_of_the_input_stay()
    {
        string model = _folder["model.onnx"];
        Assert.Equal(0, CanonTool.Run("canonicalize", Repository.Model("digits-mlp"), "-o", model, "--external-data", "beside").ExitCode);
        byte[] weights = File.ReadAllBytes(model + ".data");

        IsRefused("holds weights of the input", model, "-o", model + ".data", "--force");
        IsRefused("holds weights of the input", model, "--derivation", model + ".data", "--force");
        Assert.Equal(weights, File.ReadAllBytes(model + ".data"));
    }

    [Fact]
    public void No_two_files_have_one_name()
    {
        string target = _folder["out.onnx"];
        string model = Repository.Model("digits-mlp");
        IsRefused("would replace the model", model, "-o", target, "--external-data", "beside", "--derivation", target + ".data", "--force");
        IsRefused("give --output as well", model, "--external-data", "beside");
        Assert.False(File.Exists(target));
    }

    [Fact]
    public void A_link_stays_and_what_it_leads_to_is_replaced()
    {
        if (OperatingSystem.IsWindows())
            return;
        string target = _folder["target.onnx"];
        File.WriteAllText(target, "old");
        File.CreateSymbolicLink(_folder["link.onnx"], target);
        Assert.Equal(0, CanonTool.Run("canonicalize", Repository.Model("digits-mlp"), "-o", _folder["link.onnx"], "--force").ExitCode);
        Assert.Equal(target, new FileInfo(_folder["link.onnx"]).LinkTarget);
        Assert.True(new FileInfo(target).Length > 10_000);
    }
}
