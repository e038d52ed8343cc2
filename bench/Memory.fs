namespace Canon.Bench

// Addresses to copy between.
#nowarn "9"

open System
open Microsoft.FSharp.NativeInterop
open Canon.Algebra

/// A chain of square layers with ReLUs between them, its weights in memory that can be written over.
[<Sealed>]
type StoredChain(elementType: ElementType, layers: int, width: int) =
    let bytes = width * width * elementType.Size

    // The rows of a layer are those of the one before, one further: to draw them all would take longer than to measure.
    let first =
        let numbers =
            Chance.numbers 1 (width * width)
            |> Array.map (fun x -> x * Math.Sqrt(24.0 / float width))

        let memory = Array.zeroCreate<byte> bytes
        ElementTypes.write elementType "W" (ReadOnlySpan numbers) (Span memory)
        memory

    let weights =
        Array.init layers (fun k ->
            let memory = GC.AllocateUninitializedArray<byte> bytes
            let cut = k % width * width * elementType.Size
            ReadOnlySpan(first, cut, bytes - cut).CopyTo(Span memory)
            ReadOnlySpan(first, 0, cut).CopyTo(Span(memory, bytes - cut, cut))
            memory)

    let targets =
        lazy
            Array.init layers (fun _ ->
                let memory = GC.AllocateUninitializedArray<byte> bytes
                // Pages come when they are touched first.
                Array.Clear memory
                memory)

    let network =
        Network.compose
            [ for k in 0 .. layers - 1 do
                  Network.linear
                      (Parameter.matrix
                          $"W{k}"
                          width
                          width
                          false
                          1.0
                          (Values.ofBytes elementType (ReadOnlyMemory weights[k])))
                      None
                      ""

                  if k < layers - 1 then
                      Network.activation Relu "" ]

    let derive () =
        (Canonical.derive Canonical.options network |> Chains.ok).Result

    let canonical = derive ()

    let affines =
        canonical
        |> Traversal.collect (function
            | Network.UnitRowLinear(rows, _, _) -> [ rows.Coefficients ]
            | _ -> [])
        |> Array.ofList

    let gain =
        canonical
        |> Traversal.collect (function
            | Network.Scale gain -> [ gain ]
            | _ -> [])
        |> List.exactlyOne

    let write (affines: Affine[]) (targets: byte[][]) =
        let numbers = Numbers()

        for k in 0 .. layers - 1 do
            numbers.Write(affines[k], Span targets[k]) |> Chains.ok

    let bare = BareLoop width

    member _.Bytes = int64 layers * int64 bytes

    /// What moving the same bytes takes.
    member _.Copy() =
        for k in 0 .. layers - 1 do
            use source = fixed weights[k]
            use target = fixed targets.Value[k]
            Buffer.MemoryCopy(NativePtr.toVoidPtr source, NativePtr.toVoidPtr target, int64 bytes, int64 bytes)

    member _.Gains() =
        Numbers().Gain gain |> Chains.ok |> ignore

    /// The same, and the two below, by loops for float32 alone.
    member _.BareGains() = bare.Run(weights, None)

    member _.BareIntoBuffers() = bare.Run(weights, Some targets.Value)
    member _.BareInPlace() = bare.Run(weights, Some weights)

    member _.IntoBuffers() = write affines targets.Value
    member _.InPlace() = write affines weights

    /// Derived anew, then written.
    member _.DerivedInPlace() =
        derive () |> ignore
        write affines weights

    /// The path norm, by one pass of squared weights.
    member _.PathNorm() =
        Analysis.PathNorm.compute (Numbers()) Canonical.options Analysis.OfAllUnits 2.0 network
        |> Chains.ok
        |> ignore
