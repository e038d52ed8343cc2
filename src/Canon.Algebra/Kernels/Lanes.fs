namespace Canon.Algebra

// Pointers to pinned memory, static members of an interface, both for kernels alone.
#nowarn "9"
#nowarn "3535"

open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open System.Runtime.Intrinsics.X86
open Microsoft.FSharp.NativeInterop

/// Vectors of float64, as wide as the machine has them; float32 is widened when it is loaded and rounded when it is stored.
type internal ILanes<'V> =
    static abstract Count: int
    static abstract Zero: 'V
    static abstract Splat: float -> 'V
    static abstract Load: nativeptr<float> -> 'V
    static abstract LoadSingle: nativeptr<float32> -> 'V
    static abstract Store: 'V * nativeptr<float> -> unit
    static abstract StoreSingle: 'V * nativeptr<float32> -> unit
    static abstract Add: 'V * 'V -> 'V
    static abstract Multiply: 'V * 'V -> 'V
    static abstract FusedMultiplyAdd: 'V * 'V * 'V -> 'V
    static abstract Sum: 'V -> float

/// AVX-512.
[<Struct>]
type internal Lanes512 =
    interface ILanes<Vector512<float>> with
        static member Count = 8
        static member Zero = Vector512<float>.Zero
        static member Splat x = Vector512.Create(x: float)
        static member Load p = Vector512.Load p
        static member LoadSingle p = Avx512F.ConvertToVector512Double(Vector256.Load p)
        static member Store(v, p) = Vector512.Store(v, p)
        static member StoreSingle(v, p) = Vector256.Store(Avx512F.ConvertToVector256Single v, p)
        static member Add(a, b) = a + b
        static member Multiply(a, b) = a * b
        static member FusedMultiplyAdd(a, b, c) = Vector512.FusedMultiplyAdd(a, b, c)
        static member Sum v = Vector512.Sum v

/// AVX2.
[<Struct>]
type internal Lanes256 =
    interface ILanes<Vector256<float>> with
        static member Count = 4
        static member Zero = Vector256<float>.Zero
        static member Splat x = Vector256.Create(x: float)
        static member Load p = Vector256.Load p
        // Half a vector of float32 at a time: to join the halves takes as long as all the rest.
        static member LoadSingle p = Avx.ConvertToVector256Double(Vector128.Load p)
        static member Store(v, p) = Vector256.Store(v, p)
        static member StoreSingle(v, p) = Vector128.Store(Avx.ConvertToVector128Single v, p)
        static member Add(a, b) = a + b
        static member Multiply(a, b) = a * b
        static member FusedMultiplyAdd(a, b, c) = Vector256.FusedMultiplyAdd(a, b, c)
        static member Sum v = Vector256.Sum v

/// Arm64, and all other machines.
[<Struct>]
type internal Lanes128 =
    interface ILanes<Vector128<float>> with
        static member Count = 2
        static member Zero = Vector128<float>.Zero
        static member Splat x = Vector128.Create(x: float)
        static member Load p = Vector128.Load p
        static member LoadSingle p = Vector128.WidenLower(Vector64.Load(p).ToVector128Unsafe())
        static member Store(v, p) = Vector128.Store(v, p)
        static member StoreSingle(v, p) = Vector64.Store(Vector128.Narrow(v, v).GetLower(), p)
        static member Add(a, b) = a + b
        static member Multiply(a, b) = a * b
        static member FusedMultiplyAdd(a, b, c) = Vector128.FusedMultiplyAdd(a, b, c)
        static member Sum v = Vector128.Sum v
