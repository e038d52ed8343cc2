using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>Writes diagonal layers: batch norms, the scale and shift of norms, factors and shifts of their own.</summary>
internal sealed class DiagonalWriter(Translation original, NodeEmitter emitter, NewTensors tensors, ScaleWriter scales)
{
    private readonly ModelGraph _graph = original.Graph;
    private readonly Dictionary<string, (NodeProto Node, NormOrigin Norm)> _norms = [];

    /// <summary>Writes constants of their own.</summary>
    public Value Write(ConstantOrigin old, LinearLayer layer, Value input)
    {
        if (IsUnchanged(old.Term, layer))
            return Emitted(old.Node, 1 - old.Slot, input, null, out _);
        IReadOnlyList<double> factors = tensors.Numbers.Weight(layer);
        IReadOnlyList<double> shift = tensors.Numbers.Bias(layer);
        string op = old.Node.Proto.OpType;
        bool hasShift = shift.Any(entry => entry != 0);
        if (!hasShift && factors.All(factor => factor == 1))
            return input;
        IReadOnlyList<double>? numbers = op switch
        {
            "Add" when factors.All(factor => factor == 1) => shift,
            "Sub" when old.Slot == 1 && factors.All(factor => factor == 1) => [.. shift.Select(entry => -entry)],
            "Sub" when old.Slot == 0 && factors.All(factor => factor == -1) => shift,
            "Mul" when !hasShift => factors,
            "Div" when !hasShift => Divisors(old, layer),
            _ => null,
        };
        if (numbers is null)
            return Affine(old.Node.Proto.Output[0], layer, factors, hasShift, input);
        Value output = Emitted(old.Node, 1 - old.Slot, input, old.Slot, out NodeProto node);
        scales.Connect(node, old.Slot, (Meaning(layer), op), old.Constant.Name, old.Constant, output, () => numbers);
        return output;
    }

    /// <summary>Writes a batch norm: γ, β and μ hold what was moved into it.</summary>
    public Value Write(BatchNormOrigin old, LinearLayer layer, Value input)
    {
        NodeProto source = old.Node.Proto;
        if (IsUnchanged(old.Term, layer))
            return Emitted(old.Node, 0, input, null, out _);
        var vectors = new Constant[5];
        var numbers = new double[5][];
        for (int i = 1; i < 5; i++)
        {
            if (!_graph.TryConstant(source.InputAt(i), out vectors[i]!) || !vectors[i].TryFloats(out numbers[i]!))
                throw new InvalidOperationException($"{old.Node} has no constants");
        }

        (double[] gamma, double[] beta, double[] mean, double[] variance) = (numbers[1], numbers[2], numbers[3], numbers[4]);
        double epsilon = source.Float("epsilon", 1e-5f);
        int count = layer.Weight.Rows!.Value;
        if (count != gamma.Length)
            return Narrowed(old, layer, input, vectors, epsilon, count);
        bool own = old.Term.TryLinear(out LinearLayer? before) && layer.Weight == before.Weight && layer.Bias == before.Bias;
        double[] left = Entries(layer.Left, gamma.Length);
        double[] right = Entries(layer.Right, gamma.Length);
        NodeProto node;
        Value output = Emitted(old.Node, 0, input, null, out node, [1, 2, 3]);
        void Use(int slot, string what, IReadOnlyList<double> entries) =>
            tensors.Replace(node, slot, (Meaning(layer), what), vectors[slot], vectors[slot].Dims, () => entries);

        if (own && layer.BiasGain == layer.Left && right.All(factor => factor > 0))
        {
            // Nothing is added up anew: exact where the factors are powers of two.
            Use(1, "gamma", [.. gamma.Select((entry, i) => left[i] * right[i] * entry)]);
            Use(2, "beta", [.. beta.Select((entry, i) => left[i] * entry)]);
            Use(3, "mean", [.. mean.Select((entry, i) => entry / right[i])]);
        }
        else
        {
            IReadOnlyList<double> factors = tensors.Numbers.Weight(layer);
            IReadOnlyList<double> shift = tensors.Numbers.Bias(layer);
            Use(1, "gamma", [.. factors.Select((entry, i) => entry * Math.Sqrt(variance[i] + epsilon))]);
            Use(2, "beta", [.. factors.Select((entry, i) => (shift.Count > 0 ? shift[i] : 0) + entry * mean[i])]);
            Use(3, "mean", mean);
        }

        return output;
    }

    /// <summary>A batch norm of fewer channels: all that it does is in γ and β.</summary>
    private Value Narrowed(BatchNormOrigin old, LinearLayer layer, Value input, Constant[] vectors, double epsilon, int count)
    {
        IReadOnlyList<double> factors = tensors.Numbers.Weight(layer);
        IReadOnlyList<double> shift = tensors.Numbers.Bias(layer);
        Value output = Emitted(old.Node, 0, input, null, out NodeProto node, [1, 2, 3, 4]);
        void Use(int slot, string what, IEnumerable<double> entries) =>
            tensors.Replace(node, slot, (Meaning(layer), what), vectors[slot], [count], () => [.. entries]);
        Use(1, "gamma", factors.Select(factor => factor * Math.Sqrt(1 + epsilon)));
        Use(2, "beta", shift.Count > 0 ? shift : Enumerable.Repeat(0.0, count));
        Use(3, "mean", Enumerable.Repeat(0.0, count));
        Use(4, "variance", Enumerable.Repeat(1.0, count));
        return output;
    }

    /// <summary>Writes a norm; its scale and shift are put into it when they follow.</summary>
    public Value Write(NormOrigin old, NormalizationLayer norm, Value input)
    {
        Value output = Emitted(old.Node, 0, input, null, out NodeProto node, [.. Enumerable.Range(1, old.Node.Proto.Input.Count - 1)]);
        if (Epsilon(norm) is { } changed)
        {
            AttributeProto? epsilon = node.Find("epsilon");
            if (epsilon is null)
                node.Attribute.Add(epsilon = new AttributeProto { Name = "epsilon", Type = AttributeProto.Types.AttributeType.Float });
            epsilon.F = (float)changed;
        }

        _norms.Add(node.Output[0], (node, old));
        return output;
    }

    /// <summary>ε·t² where a norm has absorbed a scale; null where it has not.</summary>
    public double? Epsilon(NormalizationLayer norm) =>
        !norm.Tolerance.IsOne && tensors.Numbers.Gain(norm.Tolerance) is [> 0 and var tolerance, ..]
            ? InRange(norm.Epsilon * tolerance * tolerance)
            : null;

    /// <summary>ε as a number that a float holds: one of 0 would divide nothing by nothing.</summary>
    private static double InRange(double epsilon) => (float)epsilon > 0 && float.IsFinite((float)epsilon)
        ? epsilon
        : throw new NetworkException(
            $"a norm would need an epsilon of {epsilon:G6}, which a float cannot hold: the canonical form of this network exceeds the range of the model's type");

    /// <summary>Puts ε into the node that adds it.</summary>
    public void UseEpsilon(NodeProto plus, DecomposedNormOrigin norm, double epsilon) =>
        tensors.Replace(plus, norm.EpsilonSlot, epsilon, norm.Epsilon, norm.Epsilon.Dims, () => [epsilon]);

    /// <summary>Writes the scale and shift of a norm, into its node where they still stand behind it.</summary>
    public Value Write(AffineOrigin old, LinearLayer layer, Value input)
    {
        bool isBehind = _norms.TryGetValue(input.Name, out (NodeProto Node, NormOrigin Norm) norm)
            && norm.Norm.Node == old.Node && norm.Node.Input.Skip(1).All(name => name.Length == 0);
        if (!isBehind)
        {
            IReadOnlyList<double> factors = tensors.Numbers.Weight(layer);
            return Affine(input.Name, layer, factors, tensors.Numbers.Bias(layer).Any(entry => entry != 0), input);
        }

        _norms.Remove(input.Name);
        NodeProto source = old.Node.Proto;
        if (IsUnchanged(old.Term, layer))
        {
            for (int slot = 1; slot < source.Input.Count; slot++)
            {
                norm.Node.Input[slot] = source.Input[slot];
                emitter.Require(source.Input[slot]);
            }

            return input;
        }

        Fill(norm.Node, source, 1, (Meaning(layer), "scale"), tensors.Numbers.Weight(layer));
        IReadOnlyList<double> shift = tensors.Numbers.Bias(layer);
        if (source.InputAt(2).Length > 0 || shift.Any(entry => entry != 0))
            Fill(norm.Node, source, 2, (Meaning(layer), "shift"), shift.Count > 0 ? shift : [.. tensors.Numbers.Weight(layer).Select(_ => 0.0)]);
        return input;
    }

    /// <summary>Norms whose scale and shift have gone elsewhere get those that change nothing.</summary>
    public void SettleNorms()
    {
        foreach ((NodeProto node, NormOrigin norm) in _norms.Values)
        {
            NodeProto source = norm.Node.Proto;
            int count = _graph.TryConstant(source.InputAt(1), out Constant? scale) ? (int)scale.Data.ElementCount : 0;
            Fill(node, source, 1, ("ones", count), [.. Enumerable.Repeat(1.0, count)]);
            if (source.InputAt(2).Length > 0)
                Fill(node, source, 2, ("zeros", count), [.. Enumerable.Repeat(0.0, count)]);
        }
    }

    private void Fill(NodeProto node, NodeProto source, int slot, object meaning, IReadOnlyList<double> entries)
    {
        // A shift is laid out and stored as the scale.
        if (!_graph.TryConstant(source.InputAt(1), out Constant? scale))
            throw new InvalidOperationException($"{source.OpType} has no constants");
        while (node.Input.Count <= slot)
            node.Input.Add("");
        Constant? old = _graph.TryConstant(source.InputAt(slot), out Constant? own) ? own : null;
        tensors.Use(node, slot, meaning, old?.Name ?? $"{scale.Name}_shift", old, scale.Data.ElementType, scale.Dims, () => entries);
    }

    /// <summary>factors ⊙ value + shift, as far as there is anything to do.</summary>
    private Value Affine(string name, LinearLayer layer, IReadOnlyList<double> factors, bool hasShift, Value value)
    {
        if (factors.Any(factor => factor != 1))
            value = scales.New("Mul", $"{name}_factors", emitter.Names.Fresh($"{name}_multiplied"), (Meaning(layer), "factors"), value, () => factors, Layers(layer));
        return hasShift
            ? scales.New("Add", $"{name}_shift", emitter.Names.Fresh($"{name}_shifted"), (Meaning(layer), "shift"), value, () => tensors.Numbers.Bias(layer), Layers(layer))
            : value;
    }

    /// <summary>What a value is divided by; null where it is multiplied by 0, or by what was no part of the division.</summary>
    private double[]? Divisors(ConstantOrigin old, LinearLayer layer)
    {
        if (!old.Term.TryLinear(out LinearLayer? before) || layer.Weight != before.Weight || !old.Constant.TryFloats(out double[]? divisors))
            return null;
        int count = before.Weight.Rows!.Value;
        double[] left = Entries(layer.Left, count);
        double[] right = Entries(layer.Right, count);
        return left.Concat(right).Any(factor => factor == 0)
            ? null
            : [.. left.Select((factor, i) => divisors[divisors.Length == 1 ? 0 : i] / (factor * right[i]))];
    }

    private double[] Entries(Gain gain, int count) =>
        gain.IsOne ? [.. Enumerable.Repeat(1.0, count)] : [.. tensors.Numbers.Gain(gain)];

    private Value Emitted(
        GraphNode from, int inputSlot, Value input, int? replaced, out NodeProto node, IReadOnlyList<int>? more = null)
    {
        var inputs = new Dictionary<int, string> { [inputSlot] = input.Name };
        foreach (int slot in (more ?? []).Concat(replaced is { } one ? [one] : []))
            inputs.Add(slot, "");
        node = emitter.Emit(from, inputs);
        return Value.Of(node, from, original);
    }

    private static bool IsUnchanged(Network term, LinearLayer layer) =>
        term.TryLinear(out LinearLayer? before) && layer.IsPlain && layer.Weight == before.Weight && layer.Bias == before.Bias;

    private static IReadOnlyList<string> Layers(LinearLayer layer) =>
        [layer.Weight.Name, .. layer.Left.Layers, .. layer.Right.Layers];

    private static object Meaning(LinearLayer layer) => (layer.Weight, layer.Left, layer.Right, layer.Bias, layer.BiasGain);
}
