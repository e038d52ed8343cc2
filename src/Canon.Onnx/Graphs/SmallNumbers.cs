using Canon.Onnx.Files;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>Arithmetic with elements that may be numbers, named sizes or unknown.</summary>
internal static class SmallNumbers
{
    /// <summary>An element as one of another type.</summary>
    public static Entry Cast(Entry entry, bool wasReal, DataType type)
    {
        if (type == DataType.Bool)
            return entry.Real is { } number ? Entry.Of(Dim.Of(number != 0 ? 1 : 0))
                : entry.Whole.Size is { } whole ? Entry.Of(Dim.Of(whole != 0 ? 1 : 0))
                : default;
        if (!RealNumbers.Are(type))
            return entry.Real is { } real
                ? Entry.Of(Math.Abs(real) < long.MaxValue ? Narrowed(Dim.Of((long)real), type) : Dim.Unknown)
                : Entry.Of(Narrowed(entry.Whole, type));
        return (wasReal ? entry.Real : entry.Whole.Size) is { } wide ? Entry.Of(Rounded(wide, type)) : new Entry(entry.Whole, null);
    }

    /// <summary>A function of one element.</summary>
    public static Entry Unary(string op, Entry entry) => op switch
    {
        "Neg" when entry.Real is { } real => Entry.Of(-real),
        "Neg" => Entry.Of(Dim.Of(0).Minus(entry.Whole)),
        "Abs" when entry.Real is { } real => Entry.Of(Math.Abs(real)),
        "Abs" => entry.Whole.Size is < 0 ? Unary("Neg", entry) : entry,
        _ when entry.Real is { } real => Entry.Of(
            op == "Floor" ? Math.Floor(real) : op == "Ceil" ? Math.Ceiling(real) : Math.Round(real, MidpointRounding.ToEven)),
        _ => entry,
    };

    /// <summary>A function of two elements, in single precision where they are of that.</summary>
    public static Entry Binary(string op, Entry a, Entry b, bool single)
    {
        if (op is "Min" or "Max" or "Equal" && Compared(op, a, b) is { } compared)
            return compared;
        if (a.Real is { } x && b.Real is { } y)
        {
            double? result = op switch
            {
                "Add" or "Sum" => x + y,
                "Sub" => x - y,
                "Mul" or "Prod" => x * y,
                "Div" => x / y,
                _ => null,
            };
            return result is { } number ? Entry.Of(single ? (float)number : number) : default;
        }

        return Entry.Of(op switch
        {
            "Add" or "Sum" => a.Whole.Plus(b.Whole),
            "Sub" => a.Whole.Minus(b.Whole),
            "Mul" or "Prod" => a.Whole.Times(b.Whole),
            "Div" => a.Whole.Over(b.Whole),
            "Mod" when a.Whole.Size is >= 0 and var dividend && b.Whole.Size is > 0 and var divisor => Dim.Of(dividend % divisor),
            _ => Dim.Unknown,
        });
    }

    private static Entry? Compared(string op, Entry a, Entry b)
    {
        bool same = a == b && a != default && (a.Real is not null || a.Whole != Dim.Unknown);
        int? order = same ? 0
            : a.Real is { } x && b.Real is { } y ? x.CompareTo(y)
            : a.Whole.Size is { } m && b.Whole.Size is { } n ? m.CompareTo(n)
            // A size with a name is not negative.
            : a.Whole.Symbol is not null && b.Whole.Size < 0 ? 1
            : b.Whole.Symbol is not null && a.Whole.Size < 0 ? -1
            : null;
        return order is not { } known ? default(Entry)
            : op == "Equal" ? Entry.Of(Dim.Of(known == 0 ? 1 : 0))
            : known < 0 == (op == "Min") || known == 0 ? a
            : b;
    }

    private static Dim Narrowed(Dim whole, DataType type)
    {
        (long least, long most) = type switch
        {
            DataType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
            DataType.Uint8 => (0, byte.MaxValue),
            DataType.Int16 => (short.MinValue, short.MaxValue),
            DataType.Uint16 => (0, ushort.MaxValue),
            DataType.Int32 => (int.MinValue, int.MaxValue),
            DataType.Uint32 => (0, uint.MaxValue),
            DataType.Uint64 => (0, long.MaxValue),
            DataType.Int64 => (long.MinValue, long.MaxValue),
            _ => (0L, -1L),
        };
        return whole.Size is { } size && (size < least || size > most) || least > most ? Dim.Unknown : whole;
    }

    private static double Rounded(double number, DataType type) => type switch
    {
        DataType.Double => number,
        DataType.Float16 => (double)(Half)(float)number,
        DataType.Float => (float)number,
        _ => (float)(Math.Abs(number) <= 256 && Math.Floor(number) == number ? number : double.NaN),
    };
}
