using System.Runtime.InteropServices;
using System.Text.Json;
using Canon.Cli;
using Canon.Onnx;
using Canon.Tests.Files;

namespace Canon.Tests.Cli;

/// <summary>Checkpoints without a model, in one file or several: rescaled tensor by tensor, to the same function.</summary>
public sealed class CheckpointTests : IDisposable
{
    private const string Mlp = "linear(0.weight, 0.bias) -> relu -> linear(2.weight, 2.bias) -> relu -> linear(4.weight, 4.bias)";
    private const string Index = "m.safetensors.index.json";
    private const string Out = "out.safetensors.index.json";
    private readonly TemporaryFolder _folder = new();

    public CheckpointTests()
    {
        ShardedFiles.Save(
            _folder,
            "m",
            [ShardedFiles.Draw("0.weight", [6, 5], 1), ShardedFiles.Draw("4.bias", [3], 6)],
            [ShardedFiles.Draw("2.weight", [4, 6], 3), ShardedFiles.Entry("counter", "I64", [], new byte[8]), ShardedFiles.Draw("2.bias", [4], 4)],
            [ShardedFiles.Draw("0.bias", [6], 2), ShardedFiles.Draw("4.weight", [3, 4], 5)]);
        File.WriteAllText(_folder["net.txt"], Mlp);
    }

    private static string[] Outputs =>
        ["out-00001-of-00003.safetensors", "out-00002-of-00003.safetensors", "out-00003-of-00003.safetensors", Out];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("canonical")]
    [InlineData("balanced")]
    [InlineData("equalized")]
    [InlineData("canonical", "--lossless")]
    [InlineData("balanced", "--lossless")]
    public void Another_gauge_is_the_same_function(string gauge, params string[] options)
    {
        string text = Succeeds(["rebalance", _folder[Index], "--architecture", _folder["net.txt"], "--gauge", gauge, "-o", _folder[Out], .. options]);

        Assert.StartsWith($"Gauge\n  {gauge}", text);
        Assert.Contains("10 channels may be rescaled", text);
        Assert.Contains($"wrote {_folder[Out]}: 7 tensors in 3 files, 5 rescaled, 2 left as they are (4.bias, counter)\n", text);
        double[] before = Evaluated(Index), after = Evaluated(Out);
        if (options.Contains("--lossless"))
            Assert.Equal(before, after);
        else
            Assert.All(before.Zip(after), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.NotEqual(Numbers(Index, "2.weight"), Numbers(Out, "2.weight"));
        if (gauge == "canonical" && options.Length == 0)
            Assert.All(Numbers(Out, "0.weight").Chunk(5), row => Assert.Equal(1, Math.Sqrt(row.Sum(x => x * x)), 1e-6));
    }

    [Fact]
    public void One_file_is_rescaled_to_one_file_as_the_several_are()
    {
        using (SafetensorsCheckpoint all = SafetensorsCheckpoint.Open(_folder[Index]))
            new SafetensorsDraft(_folder["one.safetensors"], [.. all.Tensors.Select(tensor => new SafetensorsEntry(tensor))]).Save();
        string[] rest = ["--architecture", _folder["net.txt"], "--gauge", "canonical", "--gauge-out", _folder["gauge.json"], "--force"];

        Succeeds(["rebalance", _folder[Index], "-o", _folder[Out], .. rest]);
        string gauge = File.ReadAllText(_folder["gauge.json"]);
        Assert.Contains($"wrote {_folder["gauge.json"]}\n", Succeeds(["rebalance", _folder["one.safetensors"], "-o", _folder["two.safetensors"], .. rest]));

        ShardedFiles.Same(_folder[Out], _folder["two.safetensors"]);
        Assert.Equal(gauge, File.ReadAllText(_folder["gauge.json"]));
        Assert.Contains("0.weight", gauge);
    }

    [Fact]
    public void As_it_is_every_byte_stays_and_without_an_output_nothing_is_written()
    {
        Succeeds(["rebalance", _folder[Index], "--architecture", _folder["net.txt"], "--gauge", "original", "-o", _folder[Out]]);
        ShardedFiles.Same(_folder[Index], _folder[Out]);

        string[] names = [.. _folder.Names];
        using JsonDocument report = JsonDocument.Parse(Succeeds(["rebalance", _folder[Index], "--architecture", _folder["net.txt"], "--json"]));
        Assert.Equal(
            ["input", "output", "gauge_output", "gauge", "lossless", "free", "held", "sweeps", "imbalance", "tensors", "tensors_left", "files", "files_kept", "discarded"],
            report.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(5, report.RootElement.GetProperty("tensors").GetArrayLength());
        Assert.Equal(names, _folder.Names);
    }

    [Fact]
    public void The_shape_of_the_input_is_told_where_layers_do_not()
    {
        new SafetensorsDraft(_folder["c.safetensors"], [ShardedFiles.Draw("c", [4, 3, 3, 3], 1), ShardedFiles.Draw("f", [2, 64], 2)]).Save();
        File.WriteAllText(_folder["net.txt"], "conv(c, 3x3, pad 1x1) -> relu -> flatten -> linear(f)");
        string[] command = ["rebalance", _folder["c.safetensors"], "--architecture", _folder["net.txt"], "--gauge", "canonical"];

        Assert.Contains(" 0 channels may be rescaled", Succeeds(command));
        Assert.Contains(" 4 channels may be rescaled", Succeeds([.. command, "--input", "3x4x4"]));
    }

    [Fact]
    public void An_event_takes_weights_and_state_in_several_files()
    {
        string[] names = ["0.weight", "2.weight", "4.weight"];
        ShardedFiles.Save(
            _folder,
            "adam",
            [ShardedFiles.Draw("0.weight.exp_avg", [6, 5], 11)],
            [ShardedFiles.Draw("2.weight.exp_avg", [4, 6], 12), ShardedFiles.Draw("4.weight.exp_avg", [3, 4], 13)]);
        string text = Succeeds(
            [
                "pcr-step", _folder[Index], "--architecture", _folder["net.txt"], "--max-gain", "0.1", "--gauge", "canonical", "--lossless", "-o", _folder[Out],
                "--optimizer", _folder["adam.safetensors.index.json"], "--optimizer-out", _folder["state.safetensors.index.json"], "--moments", "full",
            ]);

        Assert.Contains($"wrote {_folder[Out]}: 7 tensors in 3 files, 6 rescaled, 1 left as they are (counter)\n", text);
        Assert.Contains($"wrote {_folder["state.safetensors.index.json"]}: 3 tensors in 2 files, ", text);
        double[] before = Evaluated(Index), after = Evaluated(Out);
        double factor = after[0] / before[0];
        Assert.InRange(factor, 0, 0.9);
        Assert.All(before.Zip(after), pair => Assert.Equal(factor * pair.First, pair.Second, 1e-5));
        double[] alpha = [.. Numbers(Index, "2.weight").Zip(Numbers(Out, "2.weight"), (w, a) => a / w)];
        Assert.Equal(
            Numbers("adam.safetensors.index.json", "2.weight.exp_avg").Zip(alpha, (m, a) => m / a),
            Numbers("state.safetensors.index.json", "2.weight.exp_avg"));
        using SafetensorsCheckpoint state = SafetensorsCheckpoint.Open(_folder["state.safetensors.index.json"]);
        Assert.All(names, name => Assert.Contains(state.Files[1].Tensors, tensor => tensor.Name == $"{name}.lr_factor"));
    }

    [Fact]
    public void What_an_earlier_run_has_finished_is_kept_for_the_same_options_alone()
    {
        string[] command = ["rebalance", _folder[Index], "--architecture", _folder["net.txt"], "-o", _folder[Out], "--gauge", "canonical"];
        Succeeds(command);
        byte[][] whole = [.. Outputs.Select(name => File.ReadAllBytes(_folder[name]))];

        Stopped(command);
        string text = Succeeds(command);
        Assert.Contains("    2 of the files were finished by an earlier run\n", text);
        Assert.Equal(whole, Outputs.Select(name => File.ReadAllBytes(_folder[name])));

        Stopped(command);
        Assert.Contains("was of other inputs or options, and was discarded\n", Succeeds([.. command, "--lossless"]));

        Stopped(command);
        File.WriteAllText(_folder["net.txt"], Mlp + "\n");
        using JsonDocument report = JsonDocument.Parse(Succeeds([.. command, "--json"]));
        Assert.Equal((3, 0, true), (report.RootElement.GetProperty("files").GetInt32(), report.RootElement.GetProperty("files_kept").GetInt32(), report.RootElement.GetProperty("discarded").GetBoolean()));
        Assert.Equal(whole, Outputs.Select(name => File.ReadAllBytes(_folder[name])));
    }

    [Fact]
    public void Files_are_refused_with_what_to_do()
    {
        string[] rest = ["--architecture", _folder["net.txt"]];
        string[] before = [.. _folder.Names];
        CanonTool.Run("canonicalize", _folder[Index], "-o", _folder["x"])
            .IsUsageError("a checkpoint has weights and no network", $"canon rebalance {_folder[Index]} --architecture net.txt --gauge canonical -o OUT.safetensors.index.json");
        CanonTool.Run("canonicalize", "a.safetensors").IsUsageError("a checkpoint has weights and no network", "-o OUT.safetensors");
        CanonTool.Run("rebalance", "a.safetensors").IsUsageError("a checkpoint has weights and no network");
        CanonTool.Run(["rebalance", _folder["no.safetensors"], .. rest]).IsUsageError("no.safetensors", "no such file");
        CanonTool.Run(["rebalance", _folder[Index], .. rest, "-o", _folder["out.safetensors"]])
            .IsUsageError("out.safetensors: ", "is the index of 3 files", "name it OUT.safetensors.index.json");
        CanonTool.Run(["rebalance", _folder["m-00001-of-00003.safetensors"], .. rest, "-o", _folder[Out]]).IsUsageError("is one file without an index");
        CanonTool.Run(["rebalance", _folder["m-00001-of-00003.safetensors"], .. rest]).IsUsageError("there is no tensor 0.bias");
        CanonTool.Run(["rebalance", _folder[Index], .. rest, "-o", _folder[Index], "--force"]).IsUsageError("this is a file of the input");
        CanonTool.Run(["pcr-step", _folder[Index], .. rest, "-o", _folder[Index], "--force"]).IsUsageError("this is a file of the input");
        CanonTool.Run(["rebalance", _folder[Index], .. rest, "-o", ""]).IsUsageError("the name of a file to write is empty");
        CanonTool.Run(["rebalance", _folder[Index], .. rest, "-o", _folder[$"no/{Out}"]]).IsUsageError("there is no folder");
        CanonTool.Run(["rebalance", _folder[Index], .. rest, "-o", _folder[Out], "--gauge-out", _folder[Out]]).IsUsageError("the gauge would replace weights");
        CanonTool.Run(["rebalance", _folder[Index], .. rest, "--gauge-out", _folder["net.txt"], "--force"]).IsUsageError("this would replace the architecture");
        CanonTool.Run(["rebalance", _folder[Index], .. rest, "--quantize", "8"]).IsUsageError("--quantize is for ONNX models; a checkpoint is not evaluated");
        CanonTool.Run("rebalance", "model.onnx", "--input", "3").IsUsageError("--input is for --architecture");
        File.WriteAllText(_folder["bad.txt"], "linear(0.weight) -> relu -> linear(4.weight)");
        CanonTool.Run("rebalance", _folder[Index], "--architecture", _folder["bad.txt"]).IsUsageError("the weight reads 4 channels and 6 arrive");
        File.Delete(_folder["bad.txt"]);
        Assert.Equal(before, _folder.Names);

        File.WriteAllText(_folder[Outputs[1]], "mine");
        CanonTool.Run(["rebalance", _folder[Index], .. rest, "-o", _folder[Out]]).IsUsageError(Outputs[1], "the file exists", "--force");
        Assert.Equal("mine", File.ReadAllText(_folder[Outputs[1]]));
        Succeeds(["rebalance", _folder[Index], .. rest, "-o", _folder[Out], "--force"]);
        Assert.Equal(before.Concat(Outputs).Order(), _folder.Names);
    }

    private static string Succeeds(string[] command)
    {
        var (exitCode, output, error) = CanonTool.Run(command);
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }

    /// <summary>
    /// As a kill leaves it while the last file is written: the others finished, that one under its temporary name. The manifest is that of the
    /// command, which is stopped by a folder in the place of the last file.
    /// </summary>
    private void Stopped(string[] command)
    {
        foreach (string name in Outputs)
            File.Delete(_folder[name]);
        string unfinished = _folder[$".{Out}.unfinished"];
        Directory.CreateDirectory(Path.Combine(unfinished, Outputs[2]));
        CanonTool.Run(command).IsUsageError("finished files are kept in ", "the same command goes on with the rest");
        Assert.DoesNotContain(_folder.Names, Outputs.Contains);
        Directory.Delete(Path.Combine(unfinished, Outputs[2]));
        File.WriteAllBytes(Path.Combine(unfinished, ".canon-0.tmp"), new byte[100]);
        Assert.Equal(
            [".canon-0.tmp", "manifest", Outputs[0], Outputs[1]],
            Directory.EnumerateFileSystemEntries(unfinished).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    private double[] Evaluated(string file)
    {
        using SafetensorsCheckpoint weights = SafetensorsCheckpoint.Open(_folder[file]);
        Network network = Checkpoint.Network("net.txt", Mlp, weights);
        var random = new Random(5);
        return [.. Enumerable.Range(0, 8).SelectMany(_ => network.Evaluate([.. Enumerable.Range(0, 5).Select(_ => random.NextDouble() - 0.5)]))];
    }

    private double[] Numbers(string file, string name) =>
        [.. MemoryMarshal.Cast<byte, float>(ShardedFiles.Contents(_folder[file])[name]).ToArray().Select(x => (double)x)];
}
