namespace Canon.Onnx.Writing;

/// <summary>Names that are free in a graph.</summary>
internal sealed class Names(IEnumerable<string> taken)
{
    private readonly HashSet<string> _taken = [.. taken];

    /// <summary>The wanted name, with a number behind it where it is taken; from then on it is taken.</summary>
    public string Fresh(string wanted)
    {
        string name = wanted;
        for (int count = 2; !_taken.Add(name); count++)
            name = $"{wanted}_{count}";
        return name;
    }
}
