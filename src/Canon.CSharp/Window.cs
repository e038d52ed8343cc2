using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// A window that slides over positions: of a convolution, or of a pool. All lists have one entry an axis of space, such as height
/// and width.
/// </summary>
public sealed class Window : IEquatable<Window>
{
    internal Window(Core.Window value) => Value = value;

    /// <summary>A window with explicit padding.</summary>
    /// <param name="kernel">How many positions the window sees.</param>
    /// <param name="strides">From one window to the next; null for 1.</param>
    /// <param name="padBefore">Positions before the first; null for none.</param>
    /// <param name="padAfter">Positions behind the last; null for as many as before the first.</param>
    /// <param name="dilations">From one position that the window sees to the next; null for 1.</param>
    /// <exception cref="ArgumentException">Lists of different lengths, sizes below 1 or negative padding.</exception>
    public Window(
        IEnumerable<int> kernel,
        IEnumerable<int>? strides = null,
        IEnumerable<int>? padBefore = null,
        IEnumerable<int>? padAfter = null,
        IEnumerable<int>? dilations = null)
        : this(Of(
            kernel,
            strides,
            dilations,
            axes => Core.Padding.NewExplicit(padBefore.OrEach(0, axes), (padAfter ?? padBefore).OrEach(0, axes))))
    {
    }

    internal Core.Window Value { get; }

    /// <summary>How many positions the window sees, an axis.</summary>
    public IReadOnlyList<int> Kernel => [.. Value.Kernel];

    /// <summary>From one window to the next, an axis.</summary>
    public IReadOnlyList<int> Strides => [.. Value.Strides];

    /// <summary>From one position that the window sees to the next, an axis.</summary>
    public IReadOnlyList<int> Dilations => [.. Value.Dilations];

    /// <summary>Positions before the first, an axis; null where they follow from the size of the input.</summary>
    public IReadOnlyList<int>? PadBefore => Value.Padding is Core.Padding.Explicit padding ? [.. padding.before] : null;

    /// <summary>Positions behind the last, an axis; null where they follow from the size of the input.</summary>
    public IReadOnlyList<int>? PadAfter => Value.Padding is Core.Padding.Explicit padding ? [.. padding.after] : null;

    /// <summary>A window with as much padding as ⌈size / stride⌉ windows need.</summary>
    /// <param name="kernel">How many positions the window sees.</param>
    /// <param name="late">Whether of an odd number of positions one more stands behind than before.</param>
    /// <param name="strides">From one window to the next; null for 1.</param>
    /// <param name="dilations">From one position that the window sees to the next; null for 1.</param>
    /// <returns>The window.</returns>
    /// <exception cref="ArgumentException">Lists of different lengths, or sizes below 1.</exception>
    public static Window Same(
        IEnumerable<int> kernel, bool late = true, IEnumerable<int>? strides = null, IEnumerable<int>? dilations = null) =>
        new(Of(kernel, strides, dilations, _ => Core.Padding.NewSame(late)));

    /// <inheritdoc/>
    public bool Equals(Window? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Window);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two windows are the same.</summary>
    public static bool operator ==(Window? left, Window? right) => Equals(left, right);

    /// <summary>Whether two windows differ.</summary>
    public static bool operator !=(Window? left, Window? right) => !Equals(left, right);

    /// <summary>The kernel, such as <c>3x3</c>.</summary>
    public override string ToString() => string.Join('x', Kernel);

    private static Core.Window Of(
        IEnumerable<int> kernel, IEnumerable<int>? strides, IEnumerable<int>? dilations, Func<int, Core.Padding> padding)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var sizes = ListModule.OfSeq(kernel);
        var window = new Core.Window(
            sizes, strides.OrEach(1, sizes.Length), dilations.OrEach(1, sizes.Length), padding(sizes.Length));
        return Core.WindowModule.fault(window) is { } fault ? throw new ArgumentException(fault.Value, nameof(kernel)) : window;
    }
}

/// <summary>Which positions a linear layer reads for one of its output.</summary>
public sealed class Kernel : IEquatable<Kernel>
{
    internal Kernel(Core.Kernel value) => Value = value;

    internal Core.Kernel Value { get; }

    /// <summary>Of a dense layer: every position alone.</summary>
    public static Kernel Dense { get; } = new(Core.KernelModule.dense);

    /// <summary>Whether it is that of a dense layer.</summary>
    public bool IsDense => Window.Value.Axes == 0;

    /// <summary>The window; one of no axes for a dense layer.</summary>
    public Window Window => new(Core.KernelModule.window(Value));

    /// <summary>Whether it is that of a transposed convolution.</summary>
    public bool IsTransposed => Value.IsTransposed;

    /// <summary>Positions that the output of a transposed convolution has more behind its last, an axis; empty for others.</summary>
    public IReadOnlyList<int> OutputPadding =>
        Value is Core.Kernel.Transposed transposed ? [.. transposed.outputPadding] : [];

    /// <summary>Of a convolution.</summary>
    /// <param name="window">Its window.</param>
    /// <returns>The kernel.</returns>
    public static Kernel Convolution(Window window)
    {
        ArgumentNullException.ThrowIfNull(window);
        return new(Core.Kernel.NewDirect(window.Value));
    }

    /// <summary>Of a transposed convolution.</summary>
    /// <param name="window">The window of the convolution that it is the transposed of.</param>
    /// <param name="outputPadding">Positions that the output has more behind its last; null for none.</param>
    /// <returns>The kernel.</returns>
    public static Kernel TransposedConvolution(Window window, IEnumerable<int>? outputPadding = null)
    {
        ArgumentNullException.ThrowIfNull(window);
        return new(Core.Kernel.NewTransposed(window.Value, outputPadding.OrEach(0, window.Value.Axes)));
    }

    /// <inheritdoc/>
    public bool Equals(Kernel? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Kernel);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two kernels are the same.</summary>
    public static bool operator ==(Kernel? left, Kernel? right) => Equals(left, right);

    /// <summary>Whether two kernels differ.</summary>
    public static bool operator !=(Kernel? left, Kernel? right) => !Equals(left, right);

    /// <summary>Such as <c>conv 3x3</c>.</summary>
    public override string ToString() => IsDense ? "linear" : $"{(IsTransposed ? "conv_transpose" : "conv")} {Window}";
}
