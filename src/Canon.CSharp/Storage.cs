using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// The numbers of a parameter where they lie, such as in a mapped file. They are read, never written or copied.
/// Derive from it to give Canon access to storage of your own.
/// </summary>
public abstract class Storage
{
    /// <summary>Describes numbers of one type.</summary>
    /// <param name="elementType">How one number is stored.</param>
    /// <param name="length">The number of elements.</param>
    protected Storage(ElementType elementType, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ElementType = elementType;
        Length = length;
    }

    /// <summary>How one number is stored.</summary>
    public ElementType ElementType { get; }

    /// <summary>The number of elements.</summary>
    public long Length { get; }

    /// <summary>The little-endian bytes of <paramref name="count"/> elements from element <paramref name="offset"/> on.</summary>
    /// <param name="offset">The first element, from 0.</param>
    /// <param name="count">How many elements.</param>
    /// <returns>A view that stays valid for as long as the storage is open.</returns>
    public abstract ReadOnlySpan<byte> Read(long offset, int count);

    internal sealed class Adapter(Storage storage) : Core.Values(storage.ElementType.ToCore(), storage.Length)
    {
        public override ReadOnlySpan<byte> Read(long offset, int count) => storage.Read(offset, count);
    }
}
