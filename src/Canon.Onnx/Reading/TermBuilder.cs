namespace Canon.Onnx.Reading;

/// <summary>
/// Makes one term of the terms of a graph: compositions where a value has one reader, branches where all readers of a
/// value meet again in one node, and named wires for everything else.
/// </summary>
internal sealed class TermBuilder
{
    // Branches nested deeper than this become wires, so that recursion over a term stays shallow.
    private const int MostNested = 40;

    private readonly Dictionary<string, Value> _values = [];
    private readonly List<Value> _order = [];

    /// <summary>Terms that follow one another from a value on.</summary>
    private sealed class Chain(Value? start)
    {
        /// <summary>What flows in: null for the input of the network, and where nothing does.</summary>
        public Value? Start { get; } = start;

        public List<Network> Parts { get; } = [];

        public int Nesting { get; set; }

        public Network ToNetwork(Value? flowing) =>
            Network.Compose(Start is null || Start == flowing ? Parts : Parts.Prepend(Network.Wire(Start.Name)));
    }

    private sealed class Value(string name, int order, bool isNamedInput)
    {
        public string Name { get; } = name;

        public int Order { get; } = order;

        /// <summary>An input that is read by name: never flows in.</summary>
        public bool IsNamedInput { get; } = isNamedInput;

        /// <summary>How often it is read. Readers that meet again count as one once they have met.</summary>
        public int Readers { get; set; }

        /// <summary>A part of the model that depends on no input: each reader gets its own.</summary>
        public Network? Constant { get; set; }

        /// <summary>What yields the value.</summary>
        public Chain Made { get; set; } = new(null);

        public bool IsWire => !IsNamedInput && Constant is null && Readers > 1;
    }

    /// <summary>The network of a graph.</summary>
    /// <param name="inputs">The inputs; one flows in, several are read by name.</param>
    /// <param name="terms">The terms, each behind those whose values it reads.</param>
    /// <param name="outputs">The outputs.</param>
    public static Network Build(IReadOnlyList<string> inputs, IReadOnlyList<Term> terms, IReadOnlyList<string> outputs)
    {
        var builder = new TermBuilder();
        foreach (string input in inputs)
            builder.Define(input, inputs.Count > 1);
        foreach (Term term in terms)
        {
            if (term.Make is null)
                builder._values.Add(term.Output, builder._values[term.Reads[0]]);
            else
                builder.Define(term.Output, false);
        }

        foreach (string read in terms.Where(term => term.Make is not null).SelectMany(term => term.Reads).Concat(outputs))
            builder._values[read].Readers++;
        foreach (Term term in terms)
        {
            if (term.Make is { } make)
                builder.Add(builder._values[term.Output], term.Reads, make);
        }

        return builder.LaidOut(outputs.Count == 1
            ? Read(builder._values[outputs[0]])
            : builder.Join(outputs, Network.Tuple));
    }

    private void Define(string name, bool isNamedInput)
    {
        var value = new Value(name, _order.Count, isNamedInput);
        _order.Add(value);
        _values.Add(name, value);
    }

    private void Add(Value output, IReadOnlyList<string> reads, Func<IReadOnlyList<Network>, Network> make)
    {
        switch (reads.Count)
        {
            case 0:
                output.Constant = make([]);
                break;
            case 1:
                output.Made = Read(_values[reads[0]]);
                output.Made.Parts.Add(make([Network.Identity]));
                break;
            default:
                output.Made = Join(reads, make);
                break;
        }
    }

    /// <summary>What the one reader of a value goes on from; of several readers each starts anew.</summary>
    private static Chain Read(Value value)
    {
        if (value.Constant is { } constant)
        {
            var chain = new Chain(null);
            chain.Parts.Add(constant);
            return chain;
        }

        return value.Readers == 1 && !value.IsNamedInput ? value.Made : new Chain(value);
    }

    private Chain Join(IReadOnlyList<string> reads, Func<IReadOnlyList<Network>, Network> make)
    {
        var branches = new List<Chain>();
        foreach (Value value in reads.Select(read => _values[read]))
        {
            Chain branch = Read(value);
            if (branch.Nesting >= MostNested)
            {
                value.Readers = 2;
                branch = new Chain(value);
            }

            branches.Add(branch);
        }

        // The branches share what flows in; the others read wires. A wire must be named before, so the last value flows.
        List<Value> starts = [.. branches.Select(branch => branch.Start).OfType<Value>().Distinct()];
        Value? flowing = starts.Where(start => !start.IsNamedInput || starts.Count == 1).MaxBy(start => start.Order);
        if (flowing is not null)
            flowing.Readers -= branches.Count(branch => branch.Start == flowing) - 1;

        Chain joined = flowing is null ? new Chain(null) : Read(flowing);
        joined.Nesting = Math.Max(joined.Nesting, 1 + branches.Max(branch => branch.Nesting));
        joined.Parts.Add(make([.. branches.Select(branch => branch.ToNetwork(flowing))]));
        return joined;
    }

    /// <summary>Wires are named in the order of the graph, all in the outermost composition.</summary>
    private Network LaidOut(Chain last)
    {
        var parts = new List<Network>();
        Value? flowing = null;
        void Append(Chain chain)
        {
            if (chain.Start is { } start && start != flowing)
                parts.Add(Network.Wire(start.Name));
            parts.AddRange(chain.Parts);
        }

        foreach (Value value in _order.Where(value => value.IsWire))
        {
            Append(value.Made);
            parts.Add(Network.As(value.Name));
            flowing = value;
        }

        Append(last);
        return Network.Compose(parts);
    }
}
