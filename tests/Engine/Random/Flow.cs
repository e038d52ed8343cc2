namespace Canon.Tests.Engine.Random;

/// <summary>A value of a graph: rows, channels, then the axes of space.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dims">Its shape, an open size as the number that it has in the tests.</param>
internal sealed record Flow(string Name, long[] Dims)
{
    /// <summary>The size of the first axis.</summary>
    public long Rows => Dims[0];

    /// <summary>The size of the second axis.</summary>
    public long Channels => Dims[1];

    /// <summary>The sizes of the other axes.</summary>
    public long[] Space => Dims[2..];

    /// <summary>The number of axes.</summary>
    public int Rank => Dims.Length;

    /// <summary>Whether the axes of space have at least this size.</summary>
    public bool IsSpatial(long size = 1) => Rank > 2 && Space.All(axis => axis >= size);
}
