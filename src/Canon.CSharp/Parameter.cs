using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// A named weight or bias, symbolic or with values. It is never modified: rewrites put diagonals around it.
/// A vector is a matrix of one column. Parameters of one network need different names.
/// </summary>
public sealed class Parameter : IEquatable<Parameter>
{
    internal Parameter(Core.Parameter value) => Value = value;

    internal Core.Parameter Value { get; }

    /// <summary>The name, such as <c>W1</c>.</summary>
    public string Name => Value.Name;

    /// <summary>Output channels; null when symbolic and left open.</summary>
    public int? Rows => Value.Rows.ToNullable();

    /// <summary>Input channels, 1 for a vector; null when symbolic and left open.</summary>
    public int? Columns => Value.Columns.ToNullable();

    /// <summary>Whether it is a symbol without values.</summary>
    public bool IsSymbolic => Value.IsSymbolic;

    /// <summary>Whether the stored matrix is [columns, rows].</summary>
    public bool IsTransposed => Value.Transposed;

    /// <summary>The number that multiplies every stored value.</summary>
    public double Factor => Value.Factor;

    /// <summary>How its numbers are stored; null when it has none.</summary>
    public ElementType? ElementType =>
        OptionModule.IsSome(Value.Values) ? ElementTypes.FromCore(Value.Values!.Value.ElementType) : null;

    /// <summary>A symbol for a matrix or vector whose size may be left open.</summary>
    /// <param name="name">The name.</param>
    /// <param name="rows">Output channels, where known.</param>
    /// <param name="columns">Input channels, where known.</param>
    /// <returns>The parameter.</returns>
    public static Parameter Symbol(string name, int? rows = null, int? columns = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(Core.ParameterModule.symbolic(name, rows.ToOption(), columns.ToOption()));
    }

    /// <summary>A matrix of float32, row after row. The memory is not copied and must not be changed afterwards.</summary>
    /// <param name="name">The name.</param>
    /// <param name="rows">Output channels.</param>
    /// <param name="columns">Input channels.</param>
    /// <param name="values">rows × columns numbers.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">The numbers do not fill the matrix.</exception>
    public static Parameter Matrix(string name, int rows, int columns, ReadOnlyMemory<float> values) =>
        Matrix(name, rows, columns, Core.ValuesModule.ofFloat32(values), false, 1);

    /// <summary>A matrix of float64, row after row. The memory is not copied and must not be changed afterwards.</summary>
    /// <inheritdoc cref="Matrix(string, int, int, ReadOnlyMemory{float})"/>
    public static Parameter Matrix(string name, int rows, int columns, ReadOnlyMemory<double> values) =>
        Matrix(name, rows, columns, Core.ValuesModule.ofFloat64(values), false, 1);

    /// <summary>A matrix of float64 from a two-dimensional array, which is copied.</summary>
    /// <param name="name">The name.</param>
    /// <param name="values">The numbers, [row, column].</param>
    /// <returns>The parameter.</returns>
    public static Parameter Matrix(string name, double[,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var copy = new double[values.Length];
        Buffer.BlockCopy(values, 0, copy, 0, values.Length * sizeof(double));
        return Matrix(name, values.GetLength(0), values.GetLength(1), copy.AsMemory());
    }

    /// <summary>A matrix in storage of your own, which stands for factor · M, M read transposed where said so.</summary>
    /// <param name="name">The name.</param>
    /// <param name="rows">Output channels.</param>
    /// <param name="columns">Input channels.</param>
    /// <param name="storage">The numbers, row after row of the stored matrix.</param>
    /// <param name="transposed">Whether the stored matrix is [columns, rows].</param>
    /// <param name="factor">A number that multiplies every stored value.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">The numbers do not fill the matrix, or the factor is not finite.</exception>
    public static Parameter Matrix(
        string name, int rows, int columns, Storage storage, bool transposed = false, double factor = 1)
    {
        ArgumentNullException.ThrowIfNull(storage);
        return Matrix(name, rows, columns, new Storage.Adapter(storage), transposed, factor);
    }

    /// <summary>A vector of float32. The memory is not copied and must not be changed afterwards.</summary>
    /// <param name="name">The name.</param>
    /// <param name="values">At least one number.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">There are no numbers.</exception>
    public static Parameter Vector(string name, ReadOnlyMemory<float> values) =>
        Matrix(name, values.Length, 1, values);

    /// <summary>A vector of float64. The memory is not copied and must not be changed afterwards.</summary>
    /// <inheritdoc cref="Vector(string, ReadOnlyMemory{float})"/>
    public static Parameter Vector(string name, ReadOnlyMemory<double> values) =>
        Matrix(name, values.Length, 1, values);

    /// <summary>A vector of float64.</summary>
    /// <inheritdoc cref="Vector(string, ReadOnlyMemory{float})"/>
    public static Parameter Vector(string name, params double[] values) =>
        Vector(name, (values ?? throw new ArgumentNullException(nameof(values))).AsMemory());

    /// <summary>A vector in storage of your own, times a factor.</summary>
    /// <param name="name">The name.</param>
    /// <param name="storage">The numbers.</param>
    /// <param name="factor">A number that multiplies every stored value.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">There are no numbers, or the factor is not finite.</exception>
    public static Parameter Vector(string name, Storage storage, double factor = 1)
    {
        ArgumentNullException.ThrowIfNull(storage);
        return Matrix(name, checked((int)storage.Length), 1, storage, false, factor);
    }

    /// <inheritdoc/>
    public bool Equals(Parameter? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Parameter);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two parameters have one name and one size, and are the same symbol or lie in the same storage.</summary>
    public static bool operator ==(Parameter? left, Parameter? right) => Equals(left, right);

    /// <summary>Whether two parameters differ.</summary>
    public static bool operator !=(Parameter? left, Parameter? right) => !Equals(left, right);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static Parameter Matrix(
        string name, int rows, int columns, Core.Values values, bool transposed, double factor)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(Core.ParameterModule.matrix(name, rows, columns, transposed, factor, values));
    }
}
