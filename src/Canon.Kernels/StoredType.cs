namespace Canon.Kernels;

/// <summary>The types in which numbers are stored.</summary>
internal enum StoredType
{
    /// <summary>IEEE 754 binary64.</summary>
    Float64,

    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>The upper half of float32.</summary>
    BFloat16,

    /// <summary>IEEE 754 binary16.</summary>
    Float16,
}
