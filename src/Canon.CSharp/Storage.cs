using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// The numbers of a parameter where they lie, such as in a file, of which so much is read at a time as a core's cache holds. They are
/// never written. Derive from it to give Canon access to storage of your own.
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

    /// <summary>Reads little-endian bytes from an element on. It is called from several threads at once.</summary>
    /// <param name="offset">The first element, from 0.</param>
    /// <param name="destination">Is to be filled completely: with as many elements as it has room for, whole ones.</param>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>
    /// The bytes of some elements where they lie in memory, so that they need not be copied. It is called from several threads at once.
    /// Only of numbers in view is it noticed that <see cref="NetworkNumbers.Write"/> has written over them.
    /// </summary>
    /// <param name="offset">The first element, from 0.</param>
    /// <param name="count">How many elements.</param>
    /// <returns>
    /// Exactly those bytes, in a view that stays valid for as long as the storage is open; empty, as here, where they are not in memory.
    /// A view of another length is refused by an <see cref="InvalidOperationException"/> where the numbers are needed.
    /// </returns>
    public virtual ReadOnlySpan<byte> View(long offset, int count) => [];

    internal sealed class Adapter(Storage storage) : Core.Values(storage.ElementType.ToCore(), storage.Length)
    {
        public override void Read(long offset, Span<byte> destination) => storage.Read(offset, destination);

        public override ReadOnlySpan<byte> View(long offset, int count) => storage.View(offset, count);
    }
}
