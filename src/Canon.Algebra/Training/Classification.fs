namespace Canon.Algebra.Training

open System
open System.Numerics.Tensors
open Canon.Algebra

[<RequireQualifiedAccess>]
module Classification =

    let private mismatch reason =
        Fail.because (ShapeMismatch("the samples", reason))

    let accuracy (samples: Samples) network =
        Evaluate.run (Numbers()) Evaluate.exact Map.empty samples.Input network
        |> Result.bind (fun outputs ->
            Fail.guard (fun () ->
                match outputs, samples.Targets with
                | _, Targets.Values _ -> mismatch "classes are needed"
                | [ output ], Targets.Classes classes when output.Positions = 1 ->
                    if Array.max classes >= output.Channels then
                        mismatch $"class {Array.max classes} has no place among {output.Channels} outputs"

                    let hits =
                        classes
                        |> Array.mapi (fun n label ->
                            let own = ReadOnlySpan(output.Data, n * output.Channels, output.Channels)
                            if TensorPrimitives.IndexOfMax own = label then 1 else 0)
                        |> Array.sum

                    float hits / float classes.Length
                | _, Targets.Classes _ -> mismatch "one output of one position is needed to choose classes by"))
