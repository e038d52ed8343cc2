namespace Canon.Onnx.Files;

/// <summary>
/// The elements of a tensor with its axes in another order; made anew for each piece. Where elements are picked out a few at a time, the
/// tensor is read into memory first, and stays there while there is room.
/// </summary>
internal sealed class PermutedBytes : ByteSource
{
    // Less than it is worth asking a file for.
    private const int FewBytes = 4096;

    private readonly ByteSource _source;
    private readonly WeakReference<HeldBytes?> _held = new(null);
    private readonly int _unit;
    private readonly long[] _sizes;
    private readonly long[] _strides;

    private PermutedBytes(ByteSource source, int unit, long[] sizes, long[] strides)
    {
        _source = source;
        _unit = unit;
        _sizes = sizes;
        _strides = strides;
    }

    /// <inheritdoc/>
    public override long Length => _source.Length;

    /// <summary>The bytes of a tensor with permuted axes: its own where the order of its elements stays.</summary>
    /// <param name="source">The bytes of all its elements.</param>
    /// <param name="elementSize">The bytes of one element.</param>
    /// <param name="dims">Its dimensions.</param>
    /// <param name="permutation">For each axis of the result the axis that it was.</param>
    public static ByteSource Of(ByteSource source, int elementSize, IReadOnlyList<long> dims, IReadOnlyList<int> permutation)
    {
        if (source.Length == 0)
            return source;
        long[] strides = new long[dims.Count];
        long stride = elementSize;
        for (int axis = dims.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= dims[axis];
        }

        // Axes that stay side by side are one axis, and those of size 1 none.
        var merged = new List<(long Size, long Stride)>();
        foreach (int axis in permutation.Where(axis => dims[axis] != 1))
        {
            if (merged.Count > 0 && merged[^1].Stride == dims[axis] * strides[axis])
                merged[^1] = (merged[^1].Size * dims[axis], strides[axis]);
            else
                merged.Add((dims[axis], strides[axis]));
        }

        if (merged.Count == 0 || merged.Count == 1 && merged[0].Stride == elementSize)
            return source;

        // What is contiguous at the end is copied as one unit.
        int unit = elementSize;
        if (merged[^1].Stride == elementSize && merged[^1].Size <= int.MaxValue / elementSize)
        {
            unit *= (int)merged[^1].Size;
            merged.RemoveAt(merged.Count - 1);
        }

        return new PermutedBytes(source, unit, [.. merged.Select(axis => axis.Size)], [.. merged.Select(axis => axis.Stride)]);
    }

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination)
    {
        ByteSource source = _unit < FewBytes ? Held() : _source;
        long[] place = new long[_sizes.Length];
        long from = 0;
        long rest = offset / _unit;
        for (int axis = _sizes.Length - 1; axis >= 0; axis--)
        {
            place[axis] = rest % _sizes[axis];
            rest /= _sizes[axis];
            from += place[axis] * _strides[axis];
        }

        int skipped = (int)(offset % _unit);
        while (true)
        {
            Span<byte> piece = destination[..Math.Min(_unit - skipped, destination.Length)];
            source.Read(from + skipped, piece);
            destination = destination[piece.Length..];
            if (destination.IsEmpty)
                return;
            skipped = 0;
            for (int axis = _sizes.Length - 1; axis >= 0; axis--)
            {
                from += _strides[axis];
                if (++place[axis] < _sizes[axis])
                    break;
                from -= _sizes[axis] * _strides[axis];
                place[axis] = 0;
            }
        }
    }

    private HeldBytes Held()
    {
        lock (_held)
        {
            if (!_held.TryGetTarget(out HeldBytes? held))
                _held.SetTarget(held = new HeldBytes(_source));
            return held;
        }
    }
}
