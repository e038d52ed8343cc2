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

    /// <summary>Into how many groups rows and columns fall, a row reading the columns of its own; null where row i reads column i alone.</summary>
    public int? Groups => Value.Grouping is Core.Grouping.Groups groups ? groups.count : null;

    /// <summary>Entries for each row and column that meet: the positions that a convolution's window sees, else 1.</summary>
    public int Taps => Value.Taps;

    /// <summary>
    /// The named parameters that it is made of: itself, or where a batch norm or a constant was folded into a weight or a bias,
    /// what was folded.
    /// </summary>
    public IReadOnlyList<Parameter> Leaves => [.. Core.ParameterModule.leaves(Value).Select(leaf => new Parameter(leaf))];

    /// <summary>Whether the weight is stored column by column.</summary>
    public bool IsTransposed => Core.ParameterModule.isTransposed(Value);

    /// <summary>The number that multiplies every stored value; 1 for one that is made of others.</summary>
    public double Factor => Value.Source is Core.Source.Stored stored ? stored.factor : 1;

    /// <summary>How its numbers, or those that it is made of, are stored; null when there are none.</summary>
    public ElementType? ElementType =>
        Core.ParameterModule.values(Value) is { } values ? ElementTypes.FromCore(values.Value.ElementType) : null;

    /// <summary>Whether several layers read it, so that no rule scales it.</summary>
    public bool IsTied => Value.IsTied;

    /// <summary>Whether it is some rows and columns of another parameter, or of a diagonal or vector some entries, or made of such.</summary>
    public bool IsSelection => Core.ParameterModule.isSelection(Value);

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

    /// <summary>A symbol for the weight of a convolution.</summary>
    /// <param name="name">The name.</param>
    /// <param name="taps">The positions that its window sees.</param>
    /// <param name="rows">Output channels, where known.</param>
    /// <param name="columns">Input channels of all groups, where known.</param>
    /// <param name="groups">Into how many groups they fall.</param>
    /// <returns>The parameter.</returns>
    public static Parameter KernelSymbol(string name, int taps, int? rows = null, int? columns = null, int groups = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(taps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
        return new(Core.ParameterModule.symbolicWeight(
            name, rows.ToOption(), columns.ToOption(), Core.Grouping.NewGroups(groups), taps));
    }

    /// <summary>
    /// The weight of a convolution, stored [rows, columns of a group, taps], or for a transposed one [columns, rows of a group, taps];
    /// taps in row-major order of the window.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="rows">Output channels.</param>
    /// <param name="columns">Input channels of all groups.</param>
    /// <param name="taps">The positions that its window sees.</param>
    /// <param name="storage">The numbers.</param>
    /// <param name="groups">Into how many groups rows and columns fall.</param>
    /// <param name="transposed">Whether columns stand outermost.</param>
    /// <param name="factor">A number that multiplies every stored value.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">The numbers do not fill the weight, or the groups do not divide it.</exception>
    public static Parameter Kernel(
        string name, int rows, int columns, int taps, Storage storage, int groups = 1, bool transposed = false, double factor = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(storage);
        return new(Core.ParameterModule.weight(
            name, rows, columns, Core.Grouping.NewGroups(groups), taps, transposed, factor, new Storage.Adapter(storage)));
    }

    /// <summary>The weight of a convolution in memory, which is not copied and must not be changed afterwards.</summary>
    /// <param name="name">The name.</param>
    /// <param name="rows">Output channels.</param>
    /// <param name="columns">Input channels of all groups.</param>
    /// <param name="taps">The positions that its window sees.</param>
    /// <param name="values">rows × columns of a group × taps numbers.</param>
    /// <param name="groups">Into how many groups rows and columns fall.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">The numbers do not fill the weight, or the groups do not divide it.</exception>
    public static Parameter Kernel(
        string name, int rows, int columns, int taps, ReadOnlyMemory<double> values, int groups = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(Core.ParameterModule.weight(
            name, rows, columns, Core.Grouping.NewGroups(groups), taps, false, 1, Core.ValuesModule.ofFloat64(values)));
    }

    /// <summary>The diagonal weight whose entries are those of a vector: row i reads column i alone.</summary>
    /// <param name="vector">The vector.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">It is no vector.</exception>
    public static Parameter Diagonal(Parameter vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        return new(Core.ParameterModule.diagonal(vector.Value));
    }

    /// <summary>The same parameter, read by several layers, so that no rule may scale it for one of them alone.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <returns>The tied parameter.</returns>
    public static Parameter Tied(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return new(Core.ParameterModule.tied(parameter.Value));
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
