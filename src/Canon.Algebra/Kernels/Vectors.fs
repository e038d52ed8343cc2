namespace Canon.Algebra

// Pointers to pinned arrays; static members of interfaces, which are resolved for each struct when code for the machine is made.
#nowarn "9"
#nowarn "3535"

open System.Numerics
open System.Runtime.CompilerServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// Vectors 'V of numbers in the precision of a product, 'T: float32 or float. What flows between layers is float64 whatever that is:
/// `Narrow` rounds it to 'T, `Widen` writes it back. `Splat` has one number in all lanes; `FusedMultiplyAdd` x·y + z, rounded once.
/// All must be inlined: no vector outlives a call in its register.
type internal IVectors<'T, 'V when 'T: unmanaged> =
    static abstract Lanes: int
    static abstract Load: at: nativeptr<'T> -> 'V
    static abstract Store: vector: 'V * at: nativeptr<'T> -> unit
    static abstract Splat: at: nativeptr<'T> -> 'V
    static abstract Narrow: at: nativeptr<float> -> 'V
    static abstract Widen: vector: 'V * at: nativeptr<float> -> unit
    static abstract FusedMultiplyAdd: 'V * 'V * 'V -> 'V

[<Struct>]
type internal Vectors512<'T when 'T: unmanaged> =
    interface IVectors<'T, Vector512<'T>> with
        static member Lanes = Vector512<'T>.Count
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Load(at: nativeptr<'T>) = Vector512.Load at
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Store(vector, at: nativeptr<'T>) = Vector512.Store(vector, at)
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Splat(at: nativeptr<'T>) = Vector512.Create<'T>(NativePtr.read at)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Narrow at =
            if sizeof<'T> = 8 then
                Vector512.Load(at).As<float, 'T>()
            else
                Vector512.Narrow(Vector512.Load at, Vector512.Load(NativePtr.add at 8)).As<float32, 'T>()

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Widen(vector, at) =
            if sizeof<'T> = 8 then
                Vector512.Store(vector.AsDouble(), at)
            else
                Vector512.Store(Vector512.WidenLower(vector.AsSingle()), at)
                Vector512.Store(Vector512.WidenUpper(vector.AsSingle()), NativePtr.add at 8)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member FusedMultiplyAdd(x, y, z) =
            if sizeof<'T> = 8 then
                Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<float, 'T>()
            else
                Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float32, 'T>()

[<Struct>]
type internal Vectors256<'T when 'T: unmanaged> =
    interface IVectors<'T, Vector256<'T>> with
        static member Lanes = Vector256<'T>.Count
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Load(at: nativeptr<'T>) = Vector256.Load at
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Store(vector, at: nativeptr<'T>) = Vector256.Store(vector, at)
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Splat(at: nativeptr<'T>) = Vector256.Create<'T>(NativePtr.read at)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Narrow at =
            if sizeof<'T> = 8 then
                Vector256.Load(at).As<float, 'T>()
            else
                Vector256.Narrow(Vector256.Load at, Vector256.Load(NativePtr.add at 4)).As<float32, 'T>()

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Widen(vector, at) =
            if sizeof<'T> = 8 then
                Vector256.Store(vector.AsDouble(), at)
            else
                Vector256.Store(Vector256.WidenLower(vector.AsSingle()), at)
                Vector256.Store(Vector256.WidenUpper(vector.AsSingle()), NativePtr.add at 4)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member FusedMultiplyAdd(x, y, z) =
            if sizeof<'T> = 8 then
                Vector256.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<float, 'T>()
            else
                Vector256.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float32, 'T>()

[<Struct>]
type internal Vectors128<'T when 'T: unmanaged> =
    interface IVectors<'T, Vector128<'T>> with
        static member Lanes = Vector128<'T>.Count
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Load(at: nativeptr<'T>) = Vector128.Load at
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Store(vector, at: nativeptr<'T>) = Vector128.Store(vector, at)
        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Splat(at: nativeptr<'T>) = Vector128.Create<'T>(NativePtr.read at)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Narrow at =
            if sizeof<'T> = 8 then
                Vector128.Load(at).As<float, 'T>()
            else
                Vector128.Narrow(Vector128.Load at, Vector128.Load(NativePtr.add at 2)).As<float32, 'T>()

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member Widen(vector, at) =
            if sizeof<'T> = 8 then
                Vector128.Store(vector.AsDouble(), at)
            else
                Vector128.Store(Vector128.WidenLower(vector.AsSingle()), at)
                Vector128.Store(Vector128.WidenUpper(vector.AsSingle()), NativePtr.add at 2)

        [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
        static member FusedMultiplyAdd(x, y, z) =
            if sizeof<'T> = 8 then
                Vector128.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<float, 'T>()
            else
                Vector128.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float32, 'T>()

[<RequireQualifiedAccess>]
module internal Vectors =

    /// Rounds float64 to 'T.
    let narrow<'K, 'T, 'V when 'T: unmanaged and 'T :> INumberBase<'T> and 'K :> IVectors<'T, 'V>>
        (source: nativeptr<float>)
        (target: nativeptr<'T>)
        count
        =
        let mutable k = 0

        while k + 'K.Lanes <= count do
            'K.Store('K.Narrow(NativePtr.add source k), NativePtr.add target k)
            k <- k + 'K.Lanes

        while k < count do
            NativePtr.set target k ('T.CreateTruncating(NativePtr.get source k))
            k <- k + 1
