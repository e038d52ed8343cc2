using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>What an operator that puts numbers into another order is to the calculus.</summary>
/// <param name="Layout">The layout behind it.</param>
/// <param name="Term">The rearrangement; null where the signal stays as it is and only the tensor looks different.</param>
internal sealed record Reordering(Layout Layout, Rearrangement? Term)
{
    /// <summary>The reordering of pieces; null where the calculus has none for it.</summary>
    /// <param name="atoms">The pieces.</param>
    /// <param name="before">The layout in front.</param>
    /// <param name="wanted">The layout that readers want behind; null where none minds.</param>
    /// <param name="after">The layout behind where the operator itself says what its axes are.</param>
    public static Reordering? Of(Atoms atoms, Layout before, Layout? wanted, Layout? after = null)
    {
        var roles = new char[atoms.Sizes.Count];
        foreach ((int axis, IReadOnlyList<int> pieces) in atoms.Before.Index())
        {
            foreach (int piece in pieces)
                roles[piece] = before.Roles[axis];
        }

        // The batch is no part of a signal: it neither meets other axes nor becomes one.
        if (atoms.After.Any(pieces => pieces.Count > 1 && pieces.Any(piece => roles[piece] == 'B')))
            return null;
        if (atoms.Before.Index().Any(axis => before.Roles[axis.Index] == 'B' && axis.Item.Count > 1))
            return null;
        return Between(atoms, before, after ?? Inherited(atoms, roles, wanted));
    }

    /// <summary>The same tensor read in another layout; null where the batch would differ, or a size is not known.</summary>
    public static Reordering? OfLayouts(ValueShape shape, Layout before, Layout after)
    {
        if (shape.Dims is not { } dims)
            return null;
        Atoms atoms = Atoms.Permuted(dims, [.. Enumerable.Range(0, dims.Count)]);
        bool oneBatch = Enumerable.Range(0, dims.Count).All(
            axis => dims[axis].IsOne || (before.Roles[axis] == 'B') == (after.Roles[axis] == 'B'));
        return oneBatch ? Between(atoms, before, after) : null;
    }

    private static Reordering? Between(Atoms atoms, Layout before, Layout after)
    {
        IReadOnlyList<int> channels = Channels(atoms.Before, before);
        IReadOnlyList<int> newChannels = Channels(atoms.After, after);
        IReadOnlyList<IReadOnlyList<int>> space = Space(atoms.Before, before);
        IReadOnlyList<IReadOnlyList<int>> newSpace = Space(atoms.After, after);
        bool sameSpace = space.Count == newSpace.Count && space.Zip(newSpace).All(pair => pair.First.SequenceEqual(pair.Second));
        if (channels.SequenceEqual(newChannels) && sameSpace)
            return new Reordering(after, null);

        // The batch is left out of the pieces that are numbered.
        List<int> used = [.. channels.Concat(space.SelectMany(pieces => pieces))];
        if (!used.Order().SequenceEqual(newChannels.Concat(newSpace.SelectMany(pieces => pieces)).Order()))
            return null;
        if (newSpace.Count == 0 && newChannels.SequenceEqual(used))
        {
            return Positions(atoms, space) is { } positions
                ? new Reordering(after, Rearrangement.Flatten(positions))
                : null;
        }

        Dictionary<int, int> numbers = used.Index().ToDictionary(piece => piece.Item, piece => piece.Index);
        bool isWhole(int piece) =>
            (channels is [var only] && only == piece || space.Any(pieces => pieces is [var one] && one == piece))
            && (newChannels is [var onlyNew] && onlyNew == piece || newSpace.Any(pieces => pieces is [var one] && one == piece));
        if (used.Any(piece => atoms.Sizes[piece].Size is null or > int.MaxValue && !isWhole(piece)))
            return null;
        IEnumerable<int> Numbered(IEnumerable<int> pieces) => pieces.Select(piece => numbers[piece]);
        return new Reordering(after, Rearrangement.Regroup(
            used.Select(piece => (int?)atoms.Sizes[piece].Size),
            Numbered(channels),
            space.Select(Numbered),
            Numbered(newChannels),
            newSpace.Select(Numbered)));
    }

    private static IReadOnlyList<int> Channels(IReadOnlyList<IReadOnlyList<int>> axes, Layout layout) =>
        [.. layout.Axes('C').SelectMany(axis => axes[axis])];

    private static IReadOnlyList<IReadOnlyList<int>> Space(IReadOnlyList<IReadOnlyList<int>> axes, Layout layout) =>
        [.. layout.Axes('S').Select(axis => axes[axis])];

    private static int? Positions(Atoms atoms, IReadOnlyList<IReadOnlyList<int>> space)
    {
        long product = 1;
        foreach (int piece in space.SelectMany(pieces => pieces))
        {
            if (atoms.Sizes[piece].Size is not { } size || (product *= size) > int.MaxValue)
                return null;
        }

        return (int)product;
    }

    /// <summary>
    /// Every axis is what its pieces are; where channels and space meet, channels. An axis of size 1 is what readers want it to be.
    /// </summary>
    private static Layout Inherited(Atoms atoms, char[] roles, Layout? wanted)
    {
        bool hasBatch = roles.Contains('B');
        char Single(int axis) =>
            axis == 0 && !hasBatch ? 'B'
            : wanted?.Rank == atoms.After.Count && wanted.Roles[axis] != 'B' ? wanted.Roles[axis]
            : 'S';
        return new Layout(string.Concat(atoms.After.Select((pieces, axis) =>
            pieces.Count == 0 ? Single(axis)
            : pieces.Any(piece => roles[piece] == 'C') ? 'C'
            : roles[pieces[0]])));
    }
}
