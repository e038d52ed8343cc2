using System.Runtime.InteropServices;
using System.Text.Json;
using Canon.Cli;
using Canon.Onnx;
using Canon.Tests.Files;

namespace Canon.Tests.Cli;

/// <summary>An event on checkpoints: weights and moments change by the same factors, all else stays byte for byte.</summary>
public sealed class PcrStepTests : IDisposable
{
    private const string Mlp = "linear(0.weight, 0.bias) -> relu -> linear(2.weight, 2.bias) -> relu -> linear(4.weight, 4.bias)";
    private static readonly string[] Layers = ["0", "2", "4"];
    private static readonly (string Name, long[] Shape)[] Shapes =
    [
        ("0.weight", [6, 5]), ("0.bias", [6]), ("2.weight", [4, 6]), ("2.bias", [4]), ("4.weight", [3, 4]), ("4.bias", [3]),
    ];

    private readonly TemporaryFolder _folder = new();

    public PcrStepTests()
    {
        Save("net.st", [.. Shapes.Select((tensor, k) => Draw(tensor.Name, tensor.Shape, k))], new() { ["format"] = "pt" });
        File.WriteAllText(_folder["net.txt"], Mlp + "\n");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData]
    [InlineData("--gauge", "canonical")]
    [InlineData("--gauge", "original")]
    [InlineData("--gauge", "canonical", "--gain", "row-norm")]
    public void Without_cap_and_penalty_the_function_stays(params string[] options)
    {
        string text = Step(options);

        Assert.Contains("neither cap nor penalty: only the gauge changes, and outputs stay the same, up to rounding\n", text);
        Assert.Contains($"wrote {_folder["out.st"]}: 6 tensors, 6 rescaled\n", text);
        Same(Outputs(Mlp, "net.st"), Outputs(Mlp, "out.st"), 1, 1e-5);
        Assert.Equal(options.Contains("original"), Numbers("net.st", "0.weight").SequenceEqual(Numbers("out.st", "0.weight")));
        if (options.Contains("row-norm"))
            Assert.All(Numbers("out.st", "0.weight").Chunk(5), row => Assert.Equal(1, Math.Sqrt(row.Sum(x => x * x)), 1e-6));
    }

    [Fact]
    public void A_cap_multiplies_every_output_by_one_factor()
    {
        JsonElement report = Json("--max-gain", "0.5");
        double factor = report.GetProperty("output_factor").GetDouble();

        Assert.Equal(0.5, report.GetProperty("gain_after").GetDouble(), 1e-12);
        Assert.Equal(0.5 / report.GetProperty("gain_before").GetDouble(), factor, 1e-12);
        Same(Outputs(Mlp, "net.st"), Outputs(Mlp, "out.st"), factor, 1e-5);
    }

    [Fact]
    public void A_penalty_shrinks_the_gain_and_a_cap_that_is_not_reached_does_nothing()
    {
        JsonElement report = Json("--penalty", "0.5", "--learning-rate", "0.01", "--period", "10", "--max-gain", "1000");
        Assert.Equal(1 / 1.1, report.GetProperty("output_factor").GetDouble(), 1e-12);
        Same(Outputs(Mlp, "net.st"), Outputs(Mlp, "out.st"), 1 / 1.1, 1e-5);
        Assert.Contains("the gain is not above 1000: only the gauge changes", Step("--max-gain", "1000", "--force"));
    }

    [Theory]
    [InlineData("balanced")]
    [InlineData("canonical")]
    public void Powers_of_two_change_no_bit_and_a_cap_holds_among_them(string gauge)
    {
        string text = Step("--lossless", "--gauge", gauge);

        Assert.Contains("no output changes in any bit", text);
        Assert.NotEqual(Numbers("net.st", "2.weight"), Numbers("out.st", "2.weight"));
        Assert.Equal(Outputs(Mlp, "net.st"), Outputs(Mlp, "out.st"));
        double gain = Json("--gauge", gauge).GetProperty("gain_before").GetDouble();
        foreach (double part in (double[])[0.3, 0.5, 0.6, 0.7, 0.8, 0.9])
        {
            JsonElement report = Json("--lossless", "--gauge", gauge, "--max-gain", (part * gain).ToString("R"));
            Assert.Equal(gain, report.GetProperty("gain_before").GetDouble(), 1e-12 * gain);
            Assert.Equal(part * gain, report.GetProperty("gain_after").GetDouble(), 1e-12 * gain);
        }
    }

    [Theory]
    [InlineData("covariant", -1, -2)]
    [InlineData("full", -1, -2)]
    [InlineData("note", 1, 2)]
    [InlineData("keep", 0, 0)]
    public void Moments_of_Adam_follow_their_rule(string rule, int first, int second)
    {
        SaveAdam();
        Step("--max-gain", "0.5", "--lossless", "--moments", rule, "--optimizer", _folder["adam.st"], "--optimizer-out", _folder["adam.out.st"]);
        double factor = Json("--max-gain", "0.5", "--lossless").GetProperty("output_factor").GetDouble();

        // By powers of two all of this is exact; the cap's factor is at the outputs alone.
        foreach ((string name, _) in Shapes)
        {
            double[] weights = Numbers("net.st", name), after = Numbers("out.st", name);
            double[] alpha = [.. weights.Zip(after, (w, a) => a / w / (name[0] == '4' ? factor : 1)).Select(a => Math.Pow(2, Math.Round(Math.Log2(a))))];
            Moved($"{name}.exp_avg", alpha, first);
            Moved($"{name}.exp_avg_sq", alpha, second);
            Assert.Equal(Bytes("adam.st", $"{name}.step"), Bytes("adam.out.st", $"{name}.step"));
            if (rule == "full")
            {
                Assert.Equal(alpha, Numbers("adam.out.st", $"{name}.lr_factor"));
                Assert.Equal(alpha.Select(a => 1 / a), Numbers("adam.out.st", $"{name}.eps_factor"));
            }
        }

        Assert.Equal(rule == "full", Names("adam.out.st").Contains("0.weight.lr_factor"));
        Assert.Equal(Bytes("adam.st", "other.exp_avg"), Bytes("adam.out.st", "other.exp_avg"));
    }

    [Fact]
    public void Factors_that_are_there_are_multiplied_on()
    {
        SaveAdam();
        string[] state = ["--moments", "full", "--gauge", "canonical", "--lossless", "--force"];
        Step([.. state, "--optimizer", _folder["adam.st"], "--optimizer-out", _folder["1.st"]]);
        Assert.Equal(0, CanonTool.Run(["pcr-step", _folder["out.st"], "--architecture", _folder["net.txt"], "-o", _folder["out2.st"], "--gauge", "balanced", .. state.Except(["--gauge", "canonical"]), "--optimizer", _folder["1.st"], "--optimizer-out", _folder["2.st"]]).ExitCode);

        double[] alpha = [.. Numbers("net.st", "2.weight").Zip(Numbers("out2.st", "2.weight"), (w, a) => a / w)];
        Assert.Equal(alpha, Numbers("2.st", "2.weight.lr_factor"));
        Assert.Equal(Names("1.st"), Names("2.st"));
    }

    [Fact]
    public void Moments_that_are_reset_are_zeros_with_their_steps()
    {
        SaveAdam();
        Step("--moments", "reset", "--optimizer", _folder["adam.st"], "--optimizer-out", _folder["adam.out.st"]);

        foreach ((string name, _) in Shapes)
            foreach (string role in (string[])["exp_avg", "exp_avg_sq", "step"])
                Assert.All(Bytes("adam.out.st", $"{name}.{role}"), b => Assert.Equal(0, b));
        Assert.Equal(Bytes("adam.st", "other.exp_avg"), Bytes("adam.out.st", "other.exp_avg"));
    }

    [Fact]
    public void Momentum_of_SGD_takes_the_square_and_that_of_RMSProp_stays()
    {
        SafetensorsEntry[] buffers = [.. Shapes.Select(tensor => Draw($"{tensor.Name}.momentum_buffer", tensor.Shape, 7))];
        Save("sgd.st", buffers);
        Save("rms.st", [.. buffers, .. Shapes.Select(tensor => Draw($"{tensor.Name}.square_avg", tensor.Shape, 8))]);
        string[] full = ["--lossless", "--moments", "full", "--force"];
        Step([.. full, "--optimizer", _folder["sgd.st"], "--optimizer-out", _folder["sgd.out.st"]]);
        Step([.. full, "--optimizer", _folder["rms.st"], "--optimizer-out", _folder["rms.out.st"]]);

        double[] alpha = [.. Numbers("net.st", "2.weight").Zip(Numbers("out.st", "2.weight"), (w, a) => a / w)];
        Assert.Equal(Numbers("sgd.st", "2.weight.momentum_buffer").Zip(alpha, (m, a) => m / a), Numbers("sgd.out.st", "2.weight.momentum_buffer"));
        Assert.Equal(alpha.Select(a => a * a), Numbers("sgd.out.st", "2.weight.lr_factor"));
        Assert.DoesNotContain("2.weight.eps_factor", Names("sgd.out.st"));
        Assert.Equal(Bytes("rms.st", "2.weight.momentum_buffer"), Bytes("rms.out.st", "2.weight.momentum_buffer"));
        Assert.Equal(Numbers("rms.st", "2.weight.square_avg").Zip(alpha, (v, a) => v / (a * a)), Numbers("rms.out.st", "2.weight.square_avg"));
        Assert.Equal(alpha, Numbers("rms.out.st", "2.weight.lr_factor"));
        Assert.Contains("2.weight.eps_factor", Names("rms.out.st"));
    }

    [Fact]
    public void The_cap_is_in_the_moments_where_asked_for_and_by_the_note()
    {
        SaveAdam();
        string[] state = ["--optimizer", _folder["adam.st"], "--optimizer-out", _folder["adam.out.st"], "--force"];
        double factor = Json("--max-gain", "0.5").GetProperty("output_factor").GetDouble();

        Step(["--gauge", "original", "--max-gain", "0.5", "--cap-in-moments", .. state]);
        Moved("4.weight.exp_avg", [.. Enumerable.Repeat(factor, 12)], -1, 1e-6);
        Step(["--gauge", "original", "--max-gain", "0.5", .. state]);
        Assert.Equal(Bytes("adam.st", "4.weight.exp_avg"), Bytes("adam.out.st", "4.weight.exp_avg"));

        string text = Step(["--note", "--max-gain", "0.5", .. state]);
        Assert.Contains("gauge: canonical\n  moments: note, the cap's factor among them\n", text);
        Assert.Contains("warning: the cap's factor in the moments", text);
        Assert.Contains("warning: the note's moments go wrong after the first event", text);
        Assert.Contains("gauge: original\n  moments: keep, ", Step(["--note", "--gauge", "original", "--moments", "keep", .. state]));
    }

    [Fact]
    public void What_the_architecture_does_not_name_stays_byte_for_byte()
    {
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["note"] = "ü" };
        SafetensorsEntry[] tensors =
        [
            Entry("counter", "I64", [], [1, 2, 3, 4, 5, 6, 7, 8]),
            .. Shapes.Select((tensor, k) => Draw(tensor.Name, tensor.Shape, k)),
            Entry("nan", "F32", [1], BitConverter.GetBytes(float.NaN)),
            Entry("bytes", "U8", [3], [1, 2, 3]),
        ];
        Save("net.st", tensors, metadata);

        Assert.Contains("9 tensors, 6 rescaled, 3 left as they are (counter, nan, bytes)\n", Step("--max-gain", "1"));
        using SafetensorsFile before = SafetensorsFile.Open(_folder["net.st"]), after = SafetensorsFile.Open(_folder["out.st"]);
        Assert.Equal(metadata, after.Metadata);
        Assert.Equal(before.Tensors.Select(t => (t.Name, t.Type, Checkpoint.Shape(t.Shape))), after.Tensors.Select(t => (t.Name, t.Type, Checkpoint.Shape(t.Shape))));
        Assert.All((string[])["counter", "nan", "bytes"], name => Assert.Equal(Bytes("net.st", name), Bytes("out.st", name)));
    }

    [Theory]
    [InlineData("F64", 8, 1e-12)]
    [InlineData("F16", 2, 1e-2)]
    [InlineData("BF16", 2, 1e-1)]
    public void Other_types_of_numbers_stay_what_they_are(string type, int size, double tolerance)
    {
        Save("net.st", [.. Shapes.Select((tensor, k) => Draw(tensor.Name, tensor.Shape, k, type: type))]);

        Step();

        Assert.All(Shapes, tensor => Assert.Equal(size * tensor.Shape.Aggregate((n, m) => n * m), Bytes("out.st", tensor.Name).Length));
        Same(Outputs(Mlp, "net.st"), Outputs(Mlp, "out.st"), 1, tolerance);
    }

    [Fact]
    public void A_residual_stream_is_rescaled_as_one()
    {
        Save("net.st", [Draw("i", [4, 5], 1), Draw("a.weight", [6, 4], 2), Draw("b.weight", [4, 6], 3), Draw("o", [2, 4], 4)]);
        const string residual = "linear(i) -> sum[id, linear(a.weight) -> relu -> linear(b.weight)] -> relu -> linear(o)";
        File.WriteAllText(_folder["net.txt"], residual);

        Step("--gauge", "canonical");

        Same(Outputs(residual, "net.st"), Outputs(residual, "out.st"), 1, 1e-5);
        double[] Alpha(string name) => [.. Numbers("net.st", name).Zip(Numbers("out.st", name), (w, a) => a / w)];
        Assert.Equal(Alpha("i")[0], 1 / Alpha("o")[0], 1e-5);
        Assert.NotEqual(1, Alpha("i")[0], 1e-2);
    }

    [Fact]
    public void Convolutions_and_batch_norms_are_read_as_PyTorch_has_them()
    {
        Save("net.st",
        [
            Draw("c.weight", [4, 3, 3, 3], 1), Draw("c.bias", [4], 2), Draw("d.weight", [4, 2, 1, 1], 3), Draw("t.weight", [4, 3, 2, 2], 5),
            Draw("n.weight", [6], 6), Draw("n.bias", [6], 7), Draw("n.running_mean", [6], 8), Draw("n.running_var", [6], 9, positive: true),
            Draw("w.weight", [6, 1, 3, 3], 10), Draw("f.weight", [2, 96], 11), Draw("f.bias", [2], 12),
        ]);
        const string network =
            """
            conv(c.weight, c.bias, 3x3, pad 1x1) -> relu -> conv(d.weight, 1x1, groups 2) -> conv_transpose(t.weight, 2x2, stride 2x2, groups 2)
              -> batch_norm(n.weight, n.bias, n.running_mean, n.running_var, 1e-5) -> relu -> conv(w.weight, 3x3, pad 1x1, groups 6)
              -> relu -> max_pool(2x2, stride 2x2) -> flatten -> linear(f.weight, f.bias)
            """;
        File.WriteAllText(_folder["net.txt"], network);

        string text = Step("--input", "3x4x4", "--max-gain", "1");
        Assert.Contains("n.running_mean, n.running_var: no weight or bias of one layer alone\n", text);
        Assert.Contains("t.weight: 6 rows: a batch norm normalizes it\n", text);
        double factor = Json("--input", "3x4x4", "--max-gain", "1").GetProperty("output_factor").GetDouble();

        double[] Image(string file) => [.. Bound(network, file).Evaluate(new Signal(new SignalShape(3, 4, 4), Enumerable.Range(0, 48).Select(i => Math.Sin(i))))[0].Values];
        Same(Image("net.st"), Image("out.st"), factor, 1e-5);
        Assert.NotEqual(Numbers("net.st", "w.weight"), Numbers("out.st", "w.weight"));
        Assert.NotEqual(Numbers("net.st", "c.weight"), Numbers("out.st", "c.weight"));
        Assert.Equal(Bytes("net.st", "n.running_var"), Bytes("out.st", "n.running_var"));
        Assert.Contains("--input says how large what flows in is\n", Step("--force"));
    }

    [Fact]
    public void Transposed_moments_lie_as_their_weight_does()
    {
        Save("net.st", [Draw("t.weight", [4, 3, 2, 2], 5), Draw("f.weight", [2, 3, 1, 1], 11)]);
        Save("sgd.st", [Draw("t.weight.momentum_buffer", [4, 3, 2, 2], 5)]);
        File.WriteAllText(_folder["net.txt"], "conv_transpose(t.weight, 2x2, stride 2x2) -> relu -> conv(f.weight, 1x1)");

        Step("--lossless", "--gauge", "canonical", "--moments", "note", "--optimizer", _folder["sgd.st"], "--optimizer-out", _folder["sgd.out.st"]);

        Assert.NotEqual(Bytes("net.st", "t.weight"), Bytes("out.st", "t.weight"));
        Assert.Equal(Bytes("out.st", "t.weight"), Bytes("sgd.out.st", "t.weight.momentum_buffer"));
    }

    [Fact]
    public void Held_rows_shared_weights_and_dead_units_are_told()
    {
        float[] dead = new float[16];
        dead[0] = 1;
        Save("net.st", [Entry("W", "F32", [4, 4], MemoryMarshal.AsBytes<float>(dead).ToArray()), Draw("S", [4, 4], 1), Draw("V", [4, 4], 2), Draw("U", [2, 4], 3)]);
        File.WriteAllText(_folder["net.txt"], "linear(W) -> tanh -> linear(S) -> relu -> linear(S) -> relu -> linear(V) -> relu -> linear(U)");

        string text = Step();

        Assert.Contains("\n  W: 4 rows: tanh is not positively homogeneous\n", text);
        Assert.Contains("\n  S: no weight or bias of one layer alone\n", text);
        Assert.Contains("\n  3 dead units\n", text);
        Assert.Equal(Bytes("net.st", "S"), Bytes("out.st", "S"));
    }

    [Fact]
    public void The_architecture_comes_from_standard_input_as_well()
    {
        Assert.Equal(0, CanonTool.Read(Mlp, "pcr-step", _folder["net.st"], "--architecture", "-", "-o", _folder["out.st"]).ExitCode);
        CanonTool.Read("linear(", "pcr-step", _folder["net.st"], "--architecture", "-", "-o", _folder["out2.st"])
            .IsUsageError("the architecture: line 1, column 8: ");
    }

    [Fact]
    public void Several_inputs_have_names()
    {
        File.WriteAllText(_folder["net.txt"], "sum[x -> linear(0.weight), y -> linear(0.bias2)] -> relu -> linear(2.weight)");
        Save("net.st", [.. Shapes.Select((tensor, k) => Draw(tensor.Name, tensor.Shape, k)), Draw("0.bias2", [6, 2], 9)]);

        Assert.Contains("\n  inputs: x, y\n", Step());
        Assert.NotEqual(Bytes("net.st", "0.bias2"), Bytes("out.st", "0.bias2"));
    }

    [Fact]
    public void Files_are_replaced_with_force_alone_their_own_input_included()
    {
        SaveAdam();
        byte[] weights = File.ReadAllBytes(_folder["net.st"]), state = File.ReadAllBytes(_folder["adam.st"]);
        string[] inPlace = ["pcr-step", _folder["net.st"], "--architecture", _folder["net.txt"], "--optimizer", _folder["adam.st"], "-o", _folder["net.st"], "--optimizer-out", _folder["adam.st"]];

        CanonTool.Run(inPlace).IsUsageError("net.st: this is the input", "--force");
        CanonTool.Run([.. inPlace[..^1], _folder["net.txt"], "--force"]).IsUsageError("net.txt: this would replace the architecture");
        CanonTool.Run([.. inPlace[..^1], _folder["net.st"], "--force"]).IsUsageError("would go into one file");
        CanonTool.Run([.. inPlace[..^3], _folder["adam.st"], "--optimizer-out", _folder["x"], "--force"]).IsUsageError("adam.st: this would replace the optimizer's state");
        CanonTool.Run([.. inPlace[..^3], _folder["x"], "--optimizer-out", _folder["net.st"], "--force"]).IsUsageError("net.st: this would replace the weights");
        CanonTool.Run([.. inPlace[..^3], _folder["x"], "--optimizer-out", _folder["adam.st"]]).IsUsageError("adam.st: this is the input", "--force");
        Assert.Equal(130, CanonTool.Interrupted([.. inPlace, "--force"]).ExitCode);
        Assert.Equal(weights, File.ReadAllBytes(_folder["net.st"]));
        Assert.Equal(state, File.ReadAllBytes(_folder["adam.st"]));
        Assert.Equal(["adam.st", "net.st", "net.txt"], _folder.Names);

        double[] before = Outputs(Mlp, "net.st");
        Assert.Equal(0, CanonTool.Run([.. inPlace, "--force"]).ExitCode);
        Same(before, Outputs(Mlp, "net.st"), 1, 1e-5);
        Assert.NotEqual(weights, File.ReadAllBytes(_folder["net.st"]));
        Assert.NotEqual(state, File.ReadAllBytes(_folder["adam.st"]));
        Assert.Equal(["adam.st", "net.st", "net.txt"], _folder.Names);
    }

    public static TheoryData<string, string> BadArchitectures => new()
    {
        { "linear(0.weigth, 0.bias)", "net.st: there is no tensor 0.weigth, which {0} names; it has 0.weight, 0.bias, 2.weight, …" },
        { "linear(0.bias)", "net.st: tensor 0.bias is [6]; {0} reads it as a matrix, [outputs, inputs]" },
        { "linear(0.weight, 2.weight)", "net.st: tensor 2.weight is [4, 6]; {0} reads it as a vector, [n]" },
        { "linear(0.weight, 2.bias)", "net.st: tensor 2.bias has 4 entries; linear(0.weight, 2.bias) in {0} needs 6 as 0.weight has" },
        { "linear(0.weight) -> batch_norm(0.bias, 0.bias, 0.bias, 2.bias, 0.5)", "net.st: tensor 2.bias has 4 entries; batch_norm(0.bias, 0.bias, 0.bias, 2.bias, 0.5) in {0} needs 6 as 0.bias has" },
        { "conv(0.weight, 3x3)", "net.st: tensor 0.weight is [6, 5]; {0} reads it as the weight of a convolution, [outputs, inputs / groups, 3, 3]" },
        { "conv_transpose(0.weight, 2)", "the weight of a transposed convolution, [inputs, outputs / groups, 2]" },
        { "conv(k, 1x1, groups 4)", "net.st: tensor k is [6, 2, 1, 1]; 4 groups do not divide it" },
        { "linear(0.weight: 6x4)", "net.st: tensor 0.weight is [6, 5]; {0} has 4 input channels there" },
        { "linear(0.weight: 1x5)", "net.st: tensor 0.weight is [6, 5]; {0} has 1 output channel there" },
        { "linear(0.weight) -> relu -> linear(4.weight)", "{0}: linear(4.weight): the weight reads 4 channels and 6 arrive" },
        { "linear(0.weight) -> shift(2.bias)", "{0}: the bias has 4 entries; 0.weight has 6 rows" },
        { "linear(0.weight) -> prelu(2.bias)", "{0}: prelu: channel counts 4 and 6 meet" },
        { "linear(integers)", "net.st: tensor integers is of type I64; numbers of F16, BF16, F32 or F64 are needed" },
        { "linear(empty)", "net.st: tensor empty is [0, 3]; a weight has sizes from 1 to" },
        { "linear(nan)", "net.st: nan: the value at row 0, column 0 is NaN" },
        { "unit_row_linear(0.weight)", "{0}: unit_row_linear(0.weight): unit rows are no tensor as it stands; write linear or conv" },
        { "linear(0.weight) -> scale(g)", "g is a symbol without values" },
        { "linear(0.weight", "{0}: line 1, column 16: expected" },
        { "linear(0.weight) -> layer_norm(1e-5)", "{0}: output: it is normalized" },
        { "linear(0.weight) -> rel -> linear(2.weight)", "{0}: rel is no term of the notation; if it is an input" },
        { "linear(0.weight) -> sum[id, reul] -> linear(2.weight)", "{0}: reul is no term of the notation" },
        { "relu", "{0}: output: no gain stands there" },
        { "linear(0.weight) -> sum[id, linear(2.weight)]", "{0}: sum: " },
    };

    [Theory]
    [MemberData(nameof(BadArchitectures))]
    public void An_architecture_that_does_not_fit_is_one_clear_error(string architecture, string message)
    {
        Save("net.st",
        [
            .. Shapes.Select((tensor, k) => Draw(tensor.Name, tensor.Shape, k)),
            Draw("k", [6, 2, 1, 1], 1),
            Entry("integers", "I64", [1, 1], new byte[8]),
            Entry("empty", "F32", [0, 3], []),
            Entry("nan", "F32", [1, 1], BitConverter.GetBytes(float.NaN)),
        ]);
        File.WriteAllText(_folder["net.txt"], architecture);

        CanonTool.Run("pcr-step", _folder["net.st"], "--architecture", _folder["net.txt"], "-o", _folder["out.st"])
            .IsUsageError(string.Format(message, _folder["net.txt"]));
        Assert.Equal(["net.st", "net.txt"], _folder.Names);
    }

    public static TheoryData<string, string[]> BadOptions => new()
    {
        { "--max-gain 0: a number above 0 is needed", ["--max-gain", "0"] },
        { "--max-gain inf: a number above 0 is needed", ["--max-gain", "inf"] },
        { "--penalty -1: a number that is not negative is needed", ["--penalty", "-1", "--learning-rate", "1"] },
        { "--learning-rate 0: a number above 0 is needed", ["--learning-rate", "0"] },
        { "--penalty needs --learning-rate", ["--penalty", "1"] },
        { "--period is for --penalty", ["--period", "3"] },
        { "--period 0: a whole number above 0", ["--period", "0", "--penalty", "1", "--learning-rate", "1"] },
        { "--optimizer and --optimizer-out need each other", ["--optimizer", "a"] },
        { "--optimizer and --optimizer-out need each other", ["--optimizer-out", "a"] },
        { "the name of the optimizer's state is empty", ["--optimizer", "", "--optimizer-out", "a"] },
        { "--moments is for --optimizer", ["--moments", "keep"] },
        { "--cap-in-moments is for --optimizer", ["--cap-in-moments"] },
        { "loud", ["--gauge", "loud"] },
        { "--input 3x0: sizes above 0", ["--input", "3x0"] },
        { "--input 3,4: sizes above 0", ["--input", "3,4"] },
        { "--frobnicate", ["--frobnicate"] },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Bad_usage_points_to_help(string part, string[] options)
    {
        CanonTool.Run(["pcr-step", "net.st", "--architecture", "net.txt", "-o", "out.st", .. options]).IsUsageError(part, "see canon pcr-step --help");
        CanonTool.Run("pcr-step", "net.st", "-o", "out.st").IsUsageError("--architecture");
        CanonTool.Run("pcr-step", "net.st", "--architecture", "net.txt").IsUsageError("--output");
        CanonTool.Run("pcr-step", "", "--architecture", "net.txt", "-o", "x").IsUsageError("the name of the weights is empty");
    }

    [Fact]
    public void Files_that_cannot_be_used_are_named()
    {
        string[] rest = ["-o", _folder["out.st"]];
        CanonTool.Run(["pcr-step", _folder["no.st"], "--architecture", _folder["net.txt"], .. rest]).IsUsageError("no.st", "no such file");
        CanonTool.Run(["pcr-step", _folder["net.txt"], "--architecture", _folder["net.txt"], .. rest]).IsUsageError("net.txt: not a safetensors file");
        CanonTool.Run(["pcr-step", _folder["net.st"], "--architecture", _folder["no.txt"], .. rest]).IsUsageError("no.txt does not exist; name a text file");
        CanonTool.Run(["pcr-step", _folder["net.st"], "--architecture", _folder["net.st"], .. rest]).IsUsageError("net.st is no text");

        Refused("is [6], and its parameter [6, 5]", Draw("0.weight.exp_avg", [6], 1));
        Refused("is of type I32", Entry("0.bias.exp_avg_sq", "I32", [6], new byte[24]));
        Refused("no tensor is the state of a parameter, such as 0.weight.exp_avg", Draw("model.0.weight.exp_avg", [6, 5], 1));
        Refused("0.bias: the value at row 0, column 0 is NaN", Entry("0.bias.exp_avg", "F32", [6], [.. Enumerable.Repeat((byte)255, 24)]));

        void Refused(string part, SafetensorsEntry entry)
        {
            Save("adam.st", [entry]);
            CanonTool.Run(["pcr-step", _folder["net.st"], "--architecture", _folder["net.txt"], .. rest, "--optimizer", _folder["adam.st"], "--optimizer-out", _folder["adam.out.st"]])
                .IsUsageError("adam", part);
            Assert.Equal(["adam.st", "net.st", "net.txt"], _folder.Names);
        }
    }

    [Fact]
    public void A_number_too_large_for_its_type_writes_no_file()
    {
        File.WriteAllText(_folder["net.txt"], "linear(a) -> relu -> linear(b) -> relu");
        Save("net.st", [Entry("a", "F16", [1, 1], BitConverter.GetBytes((Half)60000)), Entry("b", "F16", [1, 1], BitConverter.GetBytes((Half)60000))]);

        CanonTool.Run("pcr-step", _folder["net.st"], "--architecture", _folder["net.txt"], "--gauge", "canonical", "-o", _folder["out.st"])
            .IsUsageError("out.st: cannot write", "b");
        Assert.Equal(["net.st", "net.txt"], _folder.Names);
    }

    [Fact]
    public void The_json_has_exactly_these_keys()
    {
        SaveAdam();
        JsonElement report = Json("--optimizer", _folder["adam.st"], "--optimizer-out", _folder["adam.out.st"]);

        Assert.Equal(
            ["input", "optimizer", "output", "optimizer_output", "gauge", "lossless", "moments", "gain_before", "gain_after", "output_factor", "alphas", "imbalance", "dead_units", "held", "inputs", "fixed", "warnings", "tensors", "tensors_left", "files", "files_kept", "discarded", "optimizer_tensors", "optimizer_tensors_left", "optimizer_tensors_added"],
            report.EnumerateObject().Select(property => property.Name));
        Assert.Equal(["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"], report.GetProperty("alphas").EnumerateArray().Select(alpha => alpha.GetProperty("name").GetString()));
        Assert.Equal(("balanced", "covariant"), (report.GetProperty("gauge").GetString(), report.GetProperty("moments").GetString()));
        Assert.Equal((19, 7), (report.GetProperty("optimizer_tensors").GetInt32(), report.GetProperty("optimizer_tensors_left").GetInt32()));
        Assert.InRange(report.GetProperty("imbalance").GetDouble(), 0, 1e-2);
    }

    private string Step(params string[] options)
    {
        File.Delete(_folder["out.st"]);
        var (exitCode, output, error) = CanonTool.Run(["pcr-step", _folder["net.st"], "--architecture", _folder["net.txt"], "-o", _folder["out.st"], .. options]);
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }

    private JsonElement Json(params string[] options)
    {
        string output = Step([.. options, "--json"]);
        Assert.Single(output.TrimEnd('\n').Split('\n'));
        return JsonDocument.Parse(output).RootElement;
    }

    private void SaveAdam() => Save("adam.st",
    [
        .. Shapes.SelectMany((tensor, k) => (SafetensorsEntry[])
        [
            Entry($"{tensor.Name}.step", "F32", [], BitConverter.GetBytes(7f)),
            Draw($"{tensor.Name}.exp_avg", tensor.Shape, k + 10),
            Draw($"{tensor.Name}.exp_avg_sq", tensor.Shape, k + 20, positive: true),
        ]),
        Draw("other.exp_avg", [3], 30),
    ]);

    private void Moved(string name, double[] alpha, int power, double tolerance = 0)
    {
        double[] before = Numbers("adam.st", name), after = Numbers("adam.out.st", name);
        Assert.All(before.Zip(alpha, (m, a) => m * Math.Pow(a, power)).Zip(after), pair => Assert.Equal(pair.First, pair.Second, tolerance * Math.Abs(pair.First)));
    }

    private static void Same(double[] expected, double[] actual, double factor, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(factor * pair.First, pair.Second, tolerance * largest));
    }

    /// <summary>The network of a file, its numbers copied out of it.</summary>
    private Network Bound(string architecture, string file)
    {
        using SafetensorsCheckpoint weights = SafetensorsCheckpoint.Open(_folder[file]);
        Network network = Checkpoint.Network("net.txt", architecture, weights);
        return network.WithTensors(network.Tensors());
    }

    private double[] Outputs(string architecture, string file)
    {
        Network network = Bound(architecture, file);
        var random = new Random(5);
        return [.. Enumerable.Range(0, 8).SelectMany(_ => network.Evaluate([.. Enumerable.Range(0, 5).Select(_ => random.NextDouble() - 0.5)]))];
    }

    private void Save(string name, SafetensorsEntry[] tensors, Dictionary<string, string>? metadata = null) =>
        new SafetensorsDraft(_folder[name], tensors, metadata).Save(overwrite: true);

    private string[] Names(string file)
    {
        using SafetensorsFile read = SafetensorsFile.Open(_folder[file]);
        return [.. read.Tensors.Select(tensor => tensor.Name)];
    }

    private byte[] Bytes(string file, string name)
    {
        using SafetensorsFile read = SafetensorsFile.Open(_folder[file]);
        Assert.True(read.TryTensor(name, out SafetensorsTensor? tensor), name);
        return tensor.Read(0, (int)tensor.ByteLength);
    }

    private double[] Numbers(string file, string name) =>
        [.. MemoryMarshal.Cast<byte, float>(Bytes(file, name)).ToArray().Select(x => (double)x)];

    private static SafetensorsEntry Entry(string name, string type, long[] shape, byte[] bytes) =>
        new(name, type, shape, (offset, block) => bytes.AsSpan((int)offset, block.Length).CopyTo(block));

    /// <summary>Numbers of chance, rows of different norms.</summary>
    private static SafetensorsEntry Draw(string name, long[] shape, int seed, bool positive = false, string type = "F32")
    {
        var random = new Random(seed);
        int count = (int)shape.Aggregate((n, m) => n * m), perRow = count / (int)shape[0];
        float[] numbers =
        [
            .. Enumerable.Range(0, count).Select(k => (float)((random.NextDouble() - (positive ? -0.1 : 0.5)) * (1 + (k / perRow % 5)))),
        ];
        byte[] bytes = type switch
        {
            "F64" => MemoryMarshal.AsBytes<double>([.. numbers.Select(x => (double)x)]).ToArray(),
            "F16" => MemoryMarshal.AsBytes<Half>([.. numbers.Select(x => (Half)x)]).ToArray(),
            "BF16" => [.. numbers.SelectMany(x => BitConverter.GetBytes(x)[2..])],
            _ => MemoryMarshal.AsBytes<float>(numbers).ToArray(),
        };
        return Entry(name, type, shape, bytes);
    }
}
