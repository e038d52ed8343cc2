using Core = Canon.Algebra;

namespace Canon;

/// <summary>How one number of a parameter is stored.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 half precision, 2 bytes.</summary>
    Float16,

    /// <summary>The upper half of a float32, 2 bytes.</summary>
    BFloat16,

    /// <summary>IEEE 754 single precision, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE 754 double precision, 8 bytes.</summary>
    Float64,
}

internal static class ElementTypes
{
    internal static Core.ElementType ToCore(this ElementType type) => type switch
    {
        ElementType.Float16 => Core.ElementType.Float16,
        ElementType.BFloat16 => Core.ElementType.BFloat16,
        ElementType.Float32 => Core.ElementType.Float32,
        ElementType.Float64 => Core.ElementType.Float64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type"),
    };

    internal static ElementType FromCore(Core.ElementType type) =>
        type.IsFloat16 ? ElementType.Float16
        : type.IsBFloat16 ? ElementType.BFloat16
        : type.IsFloat32 ? ElementType.Float32
        : ElementType.Float64;
}
