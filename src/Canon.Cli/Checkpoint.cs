using Canon.Onnx;

namespace Canon.Cli;

/// <summary>A network whose weights are tensors of a checkpoint: its architecture in arrow notation names them.</summary>
internal static class Checkpoint
{
    /// <summary>The network of an architecture, its numbers where they lie in its files.</summary>
    /// <param name="source">Where the text is from.</param>
    /// <param name="text">The architecture.</param>
    /// <param name="weights">The tensors.</param>
    public static Network Network(string source, string text, SafetensorsCheckpoint weights)
    {
        if (!Canon.Network.TryParse(text, [], out Network? network, out string? error))
            throw Excerpt.Failure(source, text, error);

        // A mistyped activation reads as one more input, and would be taken for another network without a word.
        if (network.NamedInputs is [var first, ..] && ReadsStream(network))
            throw new UsageException($"{source}: {first} is no term of the notation; if it is an input, give all inputs a name, as in x -> linear(W)");
        Dictionary<string, Kernel> kernels = Kernels(source, network);
        Dictionary<string, Parameter> parameters = network.Parameters.Where(symbol => symbol.IsSymbolic).DistinctBy(symbol => symbol.Name)
            .ToDictionary(symbol => symbol.Name, symbol => Bound(source, symbol, kernels.GetValueOrDefault(symbol.Name), weights));
        RequireFit(source, network, parameters, weights);
        try
        {
            return network.Substitute(parameters);
        }
        catch (NetworkException failure)
        {
            throw new UsageException($"{source}: {failure.Message}");
        }
    }

    /// <summary>The shape of a tensor, such as <c>[8, 3]</c>.</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>The numbers of a tensor of a type that weights have.</summary>
    public static Storage Numbers(SafetensorsCheckpoint file, SafetensorsTensor tensor) => tensor.TryValues(out Storage? values)
        ? values
        : throw new UsageException($"{file.Path}: tensor {tensor.Name} is of type {tensor.Type}; numbers of F16, BF16, F32 or F64 are needed");

    /// <summary>Whether what flows in is used, and not named inputs alone.</summary>
    private static bool ReadsStream(Network network) => network.Kind switch
    {
        NetworkKind.Wire => false,
        NetworkKind.Compose when network.Parts.Count > 0 => ReadsStream(network.Parts[0]),
        NetworkKind.Sum or NetworkKind.Concat or NetworkKind.Product or NetworkKind.Tuple or NetworkKind.Opaque => network.Children.Any(ReadsStream),
        _ => true,
    };

    /// <summary>What the weights of the layers are read with; every other parameter is a vector.</summary>
    private static Dictionary<string, Kernel> Kernels(string source, Network network)
    {
        var kernels = new Dictionary<string, Kernel>();
        foreach (Network term in network.Terms)
        {
            if (!term.TryLinear(out LinearLayer? layer))
                continue;
            Parameter weight = layer.Weight;
            if (layer.HasUnitRows)
                throw new UsageException($"{source}: {term}: unit rows are no tensor as it stands; write linear or conv");
            if (weight.Leaves.Contains(weight))
                kernels[weight.Name] = layer.Kernel;
        }

        return kernels;
    }

    /// <summary>Biases, and the vectors of a batch norm, are as long as their layer has outputs.</summary>
    private static void RequireFit(
        string source, Network network, Dictionary<string, Parameter> parameters, SafetensorsCheckpoint file)
    {
        foreach (Network term in network.Terms)
        {
            if (!term.TryLinear(out LinearLayer? layer))
                continue;
            string[] names = [.. layer.Weight.Leaves.Concat(layer.Bias?.Leaves ?? []).Select(leaf => leaf.Name)];
            foreach (string name in names)
            {
                if (parameters[name].Rows != parameters[names[0]].Rows)
                {
                    throw new UsageException(
                        $"{file.Path}: tensor {name} has {parameters[name].Rows} entries; {term} in {source} needs {parameters[names[0]].Rows} as {names[0]} has");
                }
            }
        }
    }

    private static Parameter Bound(string source, Parameter symbol, Kernel? kernel, SafetensorsCheckpoint file)
    {
        string name = symbol.Name;
        if (!file.TryTensor(name, out SafetensorsTensor? tensor))
            throw new UsageException($"{file.Path}: there is no tensor {name}, which {source} names; it has {Few(file)}");
        Storage values = Numbers(file, tensor);
        string here = $"{file.Path}: tensor {name} is {Shape(tensor.Shape)}";
        if (!IsRead(tensor.Shape, kernel))
            throw new UsageException($"{here}; {source} reads it as {Wanted(kernel)}");

        int[] sizes = [.. tensor.Shape.Select(size => size is > 0 and <= int.MaxValue
            ? (int)size
            : throw new UsageException($"{here}; a weight has sizes from 1 to {int.MaxValue}"))];
        Parameter bound = kernel is null ? Parameter.Vector(name, values)
            : kernel.IsDense ? Parameter.Matrix(name, sizes[0], sizes[1], values)
            : Convolution(here, symbol, sizes, values, kernel.IsTransposed);
        if (symbol.Rows is { } rows && rows != bound.Rows)
            throw new UsageException($"{here}; {source} has {Plain.Count(rows, "output channel")} there");
        if (symbol.Columns is { } columns && columns != bound.Columns)
            throw new UsageException($"{here}; {source} has {Plain.Count(columns, "input channel")} there");
        return bound;
    }

    /// <summary>The outer dimension is divided by the groups, the other is that of one group.</summary>
    private static Parameter Convolution(string here, Parameter symbol, int[] sizes, Storage values, bool transposed)
    {
        int groups = symbol.Groups ?? 1;
        if (sizes[0] % groups != 0 || (long)sizes[1] * groups > int.MaxValue)
            throw new UsageException($"{here}; {groups} groups do not divide it");
        (int rows, int columns) = transposed ? (sizes[1] * groups, sizes[0]) : (sizes[0], sizes[1] * groups);
        return Parameter.Kernel(symbol.Name, rows, columns, symbol.Taps, values, groups, transposed);
    }

    private static bool IsRead(IReadOnlyList<long> shape, Kernel? kernel) => kernel is null
        ? shape.Count == 1
        : shape.Count >= 2 && shape.Skip(2).SequenceEqual(kernel.Window.Kernel.Select(size => (long)size));

    private static string Wanted(Kernel? kernel)
    {
        string window = string.Concat(kernel?.Window.Kernel.Select(size => $", {size}") ?? []);
        return kernel is null ? "a vector, [n]"
            : kernel.IsDense ? "a matrix, [outputs, inputs]"
            : kernel.IsTransposed ? $"the weight of a transposed convolution, [inputs, outputs / groups{window}]"
            : $"the weight of a convolution, [outputs, inputs / groups{window}]";
    }

    private static string Few(SafetensorsCheckpoint file) =>
        file.Tensors.Count == 0 ? "none" : Plain.Few([.. file.Tensors.Select(tensor => tensor.Name)]);
}
