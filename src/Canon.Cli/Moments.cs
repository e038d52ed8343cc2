using Canon.Onnx;

namespace Canon.Cli;

/// <summary>
/// The state of an optimizer as tensors that are named after the parameters, as PyTorch's optimizers call it: what becomes of each
/// when an event multiplies the parameters.
/// </summary>
internal sealed class Moments
{
    public const string RateFactor = "lr_factor";
    public const string EpsilonFactor = "eps_factor";
    private const string Steps = "step";
    private const string Momentum = "momentum_buffer";

    /// <summary>The averages, and by which power of a derivative they grow.</summary>
    private static readonly Dictionary<string, int> Degrees = new()
    {
        ["exp_avg"] = 1,
        ["exp_avg_sq"] = 2,
        ["max_exp_avg_sq"] = 2,
        [Momentum] = 1,
        ["square_avg"] = 2,
        ["grad_avg"] = 1,
    };

    private readonly SafetensorsCheckpoint file;
    private readonly Dictionary<string, SafetensorsTensor> parameters;

    /// <summary>Reads what there is; nothing of the numbers.</summary>
    /// <param name="file">The state.</param>
    /// <param name="parameters">The tensors of the network.</param>
    public Moments(SafetensorsCheckpoint file, IEnumerable<SafetensorsTensor> parameters)
    {
        this.file = file;
        this.parameters = parameters.ToDictionary(tensor => tensor.Name);
        foreach (SafetensorsTensor tensor in file.Tensors)
            if (Owner(tensor) is var (parameter, role) && role != Steps)
                RequireFit(tensor, parameter);

        HashSet<string> roles = [.. file.Tensors.Select(Owner).OfType<(SafetensorsTensor, string Role)>().Select(owner => owner.Role)];
        HasAny = Degrees.Keys.Any(roles.Contains);
        Optimizer = roles.Contains("exp_avg") || roles.Contains("exp_avg_sq") ? Optimizer.Adam()
            : roles.Contains("square_avg") ? Optimizer.RmsProp()
            : Optimizer.Sgd();
    }

    /// <summary>Whose state it seems to be.</summary>
    public Optimizer Optimizer { get; }

    private bool HasAny { get; }

    /// <summary>The tensors after an event, in their order; factors that are new at the end.</summary>
    public MomentTensors After(PcrDecision decision, MomentRule rule)
    {
        if (!HasAny && rule != MomentRule.Keep)
        {
            throw new UsageException(
                $"{file.Path}: no tensor is the state of a parameter, such as {parameters.Keys.First()}.exp_avg; name the tensors after the parameters, or leave out --optimizer");
        }

        HashSet<string> rescaled = [.. decision.Report.Alphas.Select(alpha => alpha.Name)];
        List<SafetensorsEntry> entries = [];
        List<string> left = [];
        foreach (SafetensorsTensor tensor in file.Tensors)
        {
            SafetensorsEntry? changed = Owner(tensor) is var (parameter, role) ? Changed(tensor, parameter.Name, role) : null;
            if (changed is null)
                left.Add(tensor.Name);
            entries.Add(changed ?? new(tensor));
        }

        int known = entries.Count;
        if (rule == MomentRule.Full)
            entries.AddRange(rescaled.Where(parameters.ContainsKey).SelectMany(NewFactors));
        return new(entries, left, entries.Count - known);

        SafetensorsEntry? Changed(SafetensorsTensor tensor, string parameter, string role)
        {
            if (rule == MomentRule.Reset)
                return role == Steps || Degrees.ContainsKey(role) ? Zeros(tensor) : null;
            return rescaled.Contains(parameter) && Power(role, rule) is { } power and not 0
                ? CheckpointFiles.Entry(tensor.Name, tensor.Type, tensor.Shape, () => decision.Followed.State(parameter, Checkpoint.Numbers(file, tensor), power))
                : null;
        }

        IEnumerable<SafetensorsEntry> NewFactors(string parameter)
        {
            foreach (string role in new[] { RateFactor, EpsilonFactor })
            {
                string name = $"{parameter}.{role}";
                if (Power(role, rule) is { } power and not 0 && !file.TryTensor(name, out _))
                {
                    IReadOnlyList<long> shape = parameters[parameter].Shape;
                    yield return CheckpointFiles.Entry(
                        name, "F32", shape, () => decision.Followed.State(parameter, new Ones(shape.Aggregate(1L, (n, size) => n * size)), power));
                }
            }
        }
    }

    /// <summary>The power of α that a tensor is multiplied by; null where none is.</summary>
    private int? Power(string role, MomentRule rule)
    {
        bool isSgd = Optimizer == Optimizer.Sgd();
        if (role == RateFactor)
            return rule == MomentRule.Full ? isSgd ? 2 : 1 : null;
        if (role == EpsilonFactor)
            return rule == MomentRule.Full && !isSgd ? -1 : null;

        // RMSProp's momentum is one of steps that are already divided by the root of the squares: no gauge changes it.
        if (!Degrees.TryGetValue(role, out int degree) || (role == Momentum && !isSgd))
            return null;
        return rule switch
        {
            MomentRule.Covariant or MomentRule.Full => -degree,
            MomentRule.Note => degree,
            _ => null,
        };
    }

    /// <summary>The parameter that a tensor belongs to, and what it is of it; null of others.</summary>
    private (SafetensorsTensor Parameter, string Role)? Owner(SafetensorsTensor tensor)
    {
        int dot = tensor.Name.LastIndexOf('.');
        string role = tensor.Name[(dot + 1)..];
        bool isKnown = Degrees.ContainsKey(role) || role is Steps or RateFactor or EpsilonFactor;
        return dot > 0 && isKnown && parameters.TryGetValue(tensor.Name[..dot], out SafetensorsTensor? parameter)
            ? (parameter, role)
            : null;
    }

    private void RequireFit(SafetensorsTensor tensor, SafetensorsTensor parameter)
    {
        Checkpoint.Numbers(file, tensor);
        if (!tensor.Shape.SequenceEqual(parameter.Shape))
        {
            throw new UsageException(
                $"{file.Path}: tensor {tensor.Name} is {Checkpoint.Shape(tensor.Shape)}, and its parameter {Checkpoint.Shape(parameter.Shape)}; both have one shape");
        }
    }

    private static SafetensorsEntry Zeros(SafetensorsTensor tensor) =>
        new(tensor.Name, tensor.Type, tensor.Shape, (_, block) => block.Clear());

    private sealed class Ones(long length) : Storage(ElementType.Float32, length)
    {
        public override void Read(long offset, Span<byte> destination) =>
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(destination).Fill(1f);
    }
}

/// <summary>The tensors of an optimizer's state after an event.</summary>
/// <param name="Entries">All, in order.</param>
/// <param name="Left">The names of those whose bytes stay.</param>
/// <param name="Added">How many were not there before.</param>
internal sealed record MomentTensors(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyList<string> Left, int Added);
