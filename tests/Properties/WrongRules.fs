namespace Canon.Properties

open System
open Canon.Algebra
open Canon.Algebra.Rules

/// Rules that are wrong, each a slip that somebody could make: what a verifier of rules must find.
[<RequireQualifiedAccess>]
module WrongRules =

    let private named name exactness apply =
        Rule.define name exactness name "wrong on purpose" apply

    let private wrong name apply = named name Exact apply

    /// Two terms become others.
    let private pair name (rewrite: Network -> Network -> Network list option) =
        wrong name (fun terms ->
            match terms with
            | a :: b :: _ ->
                match rewrite a b with
                | Some produced -> Rule.fires 2 produced
                | None -> NoMatch
            | _ -> NoMatch)

    /// One term becomes others.
    let private single name (rewrite: Network -> Network list option) =
        wrong name (fun terms ->
            match terms with
            | a :: _ ->
                match rewrite a with
                | Some produced -> Rule.fires 1 produced
                | None -> NoMatch
            | [] -> NoMatch)

    let private halved = Gain.ofValues [ 0.5 ]

    let private trailing branch =
        match List.rev (Network.parts branch) with
        | Scale g :: earlier -> Some(Network.compose (List.rev earlier), g)
        | _ -> None

    /// The branches without the scales at their ends, where each has one.
    let private trailingAll branches =
        let split = List.map trailing branches
        if List.forall Option.isSome split then Some(List.choose id split) else None

    let private before g f = Network.compose [ Scale g; f ]
    let private behind g f = Network.compose [ f; Scale g ]

    let private withBias change (a: Affine) =
        { a with
            Bias = a.Bias |> Option.map (fun bias -> { bias with Gain = change bias.Gain }) }

    let private scaleLeft g (a: Affine) =
        { a with Left = Gain.multiply g a.Left }

    let private commutation =
        [ pair "the gain is inverted" (fun a b ->
              match a, b with
              | Scale g, Activation(Relu, _) -> Some [ b; Scale(Gain.reciprocal g) ]
              | _ -> None)
          pair "the gain is squared behind a degree of 1" (fun a b ->
              match a, b with
              | Scale g, Activation(LeakyRelu _, _) -> Some [ b; Scale(Gain.power 2 g) ]
              | _ -> None)
          pair "a square is taken for degree 1" (fun a b ->
              match a, b with
              | Scale g, Activation(Square, _) -> Some [ b; Scale g ]
              | _ -> None)
          pair "relu_squared is taken for degree 1" (fun a b ->
              match a, b with
              | Scale g, Activation(ReluSquared, _) -> Some [ b; Scale g ]
              | _ -> None)
          pair "relu_squared is taken for degree 3" (fun a b ->
              match a, b with
              | Scale g, Activation(ReluSquared, _) -> Some [ b; Scale(Gain.power 3 g) ]
              | _ -> None)
          pair "tanh is taken for homogeneous" (fun a b ->
              match a, b with
              | Scale g, Activation(Tanh, _) -> Some [ b; Scale g ]
              | _ -> None)
          pair "sigmoid is taken for homogeneous" (fun a b ->
              match a, b with
              | Scale g, Activation(Sigmoid, _) -> Some [ b; Scale g ]
              | _ -> None)
          pair "softmax is taken for invariant" (fun a b ->
              match a, b with
              | Scale _, Activation(Softmax, _) -> Some [ b ]
              | _ -> None)
          pair "the scale is dropped before relu" (fun a b ->
              match a, b with
              | Scale _, Activation(Relu, _) -> Some [ b ]
              | _ -> None)
          pair "a scale passes an opaque term" (fun a b ->
              match a, b with
              | Scale g, Opaque(_, [ Compose [] ]) when (Gain.length g).IsSome -> Some [ b; Scale g ]
              | _ -> None) ]

    let private activations =
        [ pair "relu behind abs becomes relu" (fun a b ->
              match a, b with
              | Activation(Abs, _), Activation(Relu, _) -> Some [ b ]
              | _ -> None)
          pair "abs behind relu becomes abs" (fun a b ->
              match a, b with
              | Activation(Relu, _), Activation(Abs, _) -> Some [ b ]
              | _ -> None)
          pair "relu behind leaky_relu is dropped" (fun a b ->
              match a, b with
              | Activation(LeakyRelu _, _), Activation(Relu, _) -> Some [ a ]
              | _ -> None)
          single "leaky_relu of negative slope is taken for abs" (fun a ->
              match a with
              | Activation(LeakyRelu slope, label) when slope < 0.0 -> Some [ Activation(Abs, label) ]
              | _ -> None)
          pair "slopes of two leaky_relus are added" (fun a b ->
              match a, b with
              | Activation(LeakyRelu s, label), Activation(LeakyRelu t, _) ->
                  Some [ Activation(LeakyRelu(s + t), label) ]
              | _ -> None) ]

    let private thresholds =
        [ pair "a clip is taken for relu" (fun a b ->
              match a, b with
              | Scale g, Clip _ -> Some [ b; Scale g ]
              | _ -> None)
          pair "thresholds are multiplied instead of divided" (fun a b ->
              match a, b with
              | Scale g, Clip(lower, upper, t, label) when lower <= 0.0 && upper >= 0.0 ->
                  Some [ Clip(lower, upper, Gain.multiply t g, label); Scale g ]
              | _ -> None)
          pair "thresholds that do not keep zero, and a gain that may be zero" (fun a b ->
              match a, b with
              | Scale g, Clip(lower, upper, t, label) when lower > 0.0 || upper < 0.0 ->
                  Some [ Clip(lower, upper, Gain.divide t g, label); Scale g ]
              | _ -> None)
          single "the upper bound is forgotten" (fun a ->
              match a with
              | Clip(0.0, _, _, label) -> Some [ Activation(Relu, label) ]
              | _ -> None) ]

    let private absorption =
        [ pair "fold back onto the input side" (fun a b ->
              match a, b with
              | Linear(a, kernel, label), Scale g when a.Weight.Rows = a.Weight.Columns ->
                  Some [ Linear(Affine.scaleInput g a, kernel, label) ]
              | _ -> None)
          pair "absorption onto the output side" (fun a b ->
              match a, b with
              | Scale g, Linear(a, kernel, label) when a.Weight.Rows = a.Weight.Columns ->
                  Some [ Linear(Affine.scaleOutput g a, kernel, label) ]
              | _ -> None)
          pair "fold back forgets the bias" (fun a b ->
              match a, b with
              | Linear(a, kernel, label), Scale g -> Some [ Linear(scaleLeft g a, kernel, label) ]
              | _ -> None)
          pair "fold back drops the bias" (fun a b ->
              match a, b with
              | Linear(a, kernel, label), Scale g -> Some [ Linear({ scaleLeft g a with Bias = None }, kernel, label) ]
              | _ -> None)
          pair "fold back forgets the weight" (fun a b ->
              match a, b with
              | Linear(a, kernel, label), Scale g -> Some [ Linear(withBias (Gain.multiply g) a, kernel, label) ]
              | _ -> None)
          pair "absorption scales the bias" (fun a b ->
              match a, b with
              | Scale g, Linear(a, kernel, label) when a.Weight.Rows = a.Weight.Columns ->
                  Some [ Linear(a |> Affine.scaleInput g |> withBias (Gain.multiply g), kernel, label) ]
              | _ -> None)
          pair "absorption divides" (fun a b ->
              match a, b with
              | Scale g, Linear(a, kernel, label) ->
                  Some [ Linear(Affine.scaleInput (Gain.reciprocal g) a, kernel, label) ]
              | _ -> None)
          pair "two scales, one dropped" (fun a b ->
              match a, b with
              | Scale g, Scale _ -> Some [ Scale g ]
              | _ -> None)
          pair "two scales are divided" (fun a b ->
              match a, b with
              | Scale g, Scale h -> Some [ Scale(Gain.divide g h) ]
              | _ -> None)
          pair "absorption takes the gain of the unscaled rows" (fun a b ->
              match a, b with
              | Scale g, Linear(a, kernel, label) ->
                  let rows, _ = UnitRows.decompose RowNorm (Affine.scaleInput g a)
                  Some [ UnitRowLinear(rows, kernel, label); Scale(Affine.gain RowNorm a) ]
              | _ -> None) ]

    let private decomposition =
        [ single "the gain is lost" (fun a ->
              match a with
              | Linear(a, kernel, label) -> Some [ UnitRowLinear(fst (UnitRows.decompose RowNorm a), kernel, label) ]
              | _ -> None)
          single "unit rows are taken for granted" (fun a ->
              match a with
              | Linear(a, kernel, label) -> Some [ Linear(a, kernel, label); Scale(Affine.gain RowNorm a) ]
              | _ -> None)
          single "the unit rows lose their bias" (fun a ->
              match a with
              | Linear(a, kernel, label) ->
                  let rows, gain = UnitRows.decompose RowNorm { a with Bias = None }
                  Some [ UnitRowLinear(rows, kernel, label); Scale gain ]
              | _ -> None)
          single "the bias is not divided by the gain" (fun a ->
              match a with
              | Linear(a, kernel, label) ->
                  let gain = Affine.gain RowNorm a
                  let weight = scaleLeft (Gain.reciprocal gain) a
                  Some [ Linear(weight, kernel, label); Scale gain ]
              | _ -> None)
          single "zero rows are not thought of" (fun a ->
              match a with
              | Linear(a, kernel, label) when a.Bias.IsSome ->
                  let gain = Affine.gain RowNorm { a with Bias = None }
                  Some [ Linear(Affine.divideOutput gain a, kernel, label); Scale gain ]
              | _ -> None)
          pair "layers are swapped" (fun a b ->
              match a, b with
              | Linear(first, _, _), Linear(second, _, _) when
                  first.Weight.Rows = first.Weight.Columns
                  && second.Weight.Rows = second.Weight.Columns
                  ->
                  Some [ b; a ]
              | _ -> None)
          pair "relu and layer are swapped" (fun a b ->
              match a, b with
              | Linear _, Activation(Relu, _) -> Some [ b; a ]
              | _ -> None) ]

    let private branches =
        [ pair "only the first branch of a sum gets the scale" (fun a b ->
              match a, b with
              | Scale g, Sum(first :: second :: rest, label) -> Some [ Sum(before g first :: second :: rest, label) ]
              | _ -> None)
          pair "only the first branch of a concat gets the scale" (fun a b ->
              match a, b with
              | Scale g, Concat(first :: second :: rest, widths, label) ->
                  Some [ Concat(before g first :: second :: rest, widths, label) ]
              | _ -> None)
          pair "a scale passes a sum as a whole" (fun a b ->
              match a, b with
              | Scale g, Sum _ when (Gain.length g).IsSome -> Some [ b; Scale g ]
              | _ -> None)
          pair "a scale behind a product goes into every branch" (fun a b ->
              match a, b with
              | Product(branches, label), Scale g when branches.Length > 1 ->
                  Some [ Product(List.map (behind g) branches, label) ]
              | _ -> None)
          pair "a scale behind a sum goes into the first branch" (fun a b ->
              match a, b with
              | Sum(first :: second :: rest, label), Scale g -> Some [ Sum(behind g first :: second :: rest, label) ]
              | _ -> None)
          single "gains leave a concat in the wrong order" (fun a ->
              match a with
              | Concat(branches, widths, label) ->
                  trailingAll branches
                  |> Option.map (fun split ->
                      let gains = List.map snd split |> List.rev
                      let parts = List.zip gains (List.rev widths.Known)
                      [ Concat(List.map fst split, widths, label); Scale(Gain.concat parts) ])
              | _ -> None)
          single "a sum is divided by its leader and not multiplied" (fun a ->
              match a with
              | Sum(branches, label) ->
                  trailingAll branches
                  |> Option.map (fun split ->
                      let c = snd split.Head
                      [ Sum(split |> List.map (fun (f, g) -> behind (Gain.divide g c) f), label) ])
              | _ -> None)
          single "a sum is factored like a product" (fun a ->
              match a with
              | Sum(branches, label) when branches.Length > 1 ->
                  trailingAll branches
                  |> Option.map (fun split ->
                      [ Sum(List.map fst split, label)
                        Scale(List.map snd split |> List.reduce Gain.multiply) ])
              | _ -> None)
          single "a product is factored like a sum" (fun a ->
              match a with
              | Product(branches, label) when branches.Length > 1 ->
                  trailingAll branches
                  |> Option.map (fun split ->
                      let c = snd split.Head

                      [ Product(split |> List.map (fun (f, g) -> behind (Gain.divide g c) f), label)
                        Scale c ])
              | _ -> None)
          single "the leader of a sum may have zeros" (fun a ->
              match a with
              | Sum(branches, label) when branches.Length > 1 ->
                  trailingAll branches
                  |> Option.map (fun split ->
                      let c = snd split.Head

                      [ Sum(split |> List.map (fun (f, g) -> behind (Gain.divide g c) f), label)
                        Scale c ])
              | _ -> None)
          single "the identity branch is forgotten" (fun a ->
              match a with
              | Sum(first :: rest, label) when first = Network.identity && not rest.IsEmpty ->
                  Some [ Sum(rest, label) ]
              | _ -> None)
          single "a gain leaves a residual sum, and its identity is not divided" (fun a ->
              match a with
              | Sum([ first; second ], label) when first = Network.identity ->
                  trailing second
                  |> Option.map (fun (f, g) -> [ Sum([ first; f ], label); Scale g ])
              | _ -> None)
          single "a concat is turned around" (fun a ->
              match a with
              | Concat(branches, Widths widths, label) when branches.Length > 1 ->
                  Some [ Concat(List.rev branches, Widths(List.rev widths), label) ]
              | _ -> None) ]

    /// One after the other for every position, as if positions were outermost.
    let private flattenInterleaved =
        pair "flatten repeats in the wrong layout" (fun a b ->
            match a, b with
            | Scale g, Rearrange(Rearrangement.Flatten(Some positions), _) when (Gain.length g).IsSome ->
                Some [ b; Scale(Gain.concat (List.replicate positions (g, None))) ]
            | _ -> None)

    let private wires =
        [ wrong "uses of the wire are forgotten" (fun terms ->
              match terms with
              | Scale g :: (As _ as name) :: _ -> Rule.fires 2 [ name; Scale g ]
              | _ -> NoMatch)
          wrong "a scale behind a wire is dropped" (fun terms ->
              match terms with
              | (Wire _ as wire) :: Scale _ :: _ -> Rule.fires 2 [ wire ]
              | _ -> NoMatch)
          wrong "a wire is taken for what flows into it" (fun terms ->
              match terms with
              | Wire _ :: _ -> Rule.fires 1 []
              | _ -> NoMatch)
          wrong "a wire that nobody names" (fun terms ->
              match terms with
              | Scale _ :: _ -> Rule.fires 1 [ Wire "nowhere" ]
              | _ -> NoMatch) ]

    let private promises =
        [ wrong "a term of the rest is lost" (fun terms ->
              match terms with
              | Scale g :: (Activation(Relu, _) as relu) :: _ :: _ -> Rule.fires 3 [ relu; Scale g ]
              | _ -> NoMatch)
          wrong "more is replaced than there is" (fun terms ->
              match terms with
              | [ Scale g ] -> Rule.fires 2 [ Scale g ]
              | _ -> NoMatch)
          wrong "nothing is replaced" (fun terms ->
              match terms with
              | Scale _ :: _ -> Rule.fires 0 []
              | _ -> NoMatch)
          wrong "it throws" (fun terms ->
              match terms with
              | Scale _ :: Scale _ :: _ -> invalidOp "no such case"
              | _ -> NoMatch)
          wrong "the output has other channels" (fun terms ->
              match terms with
              | Linear(a, kernel, label) :: _ ->
                  let doubled = Linear(a, kernel, label)
                  Rule.fires 1 [ Network.concat [ doubled; doubled ] "" ]
              | _ -> NoMatch)
          named "bit-exactness is claimed where it rounds" BitExact Absorption.fuse.Apply
          named "bit-exactness is claimed of a decomposition" BitExact (Decomposition.weightNorm RowNorm).Apply
          wrong "it is off by one part in a billion" (fun terms ->
              match terms with
              | Scale g :: _ when (Gain.length g).IsSome ->
                  let near = Gain.ofValues (Array.create (Gain.length g).Value (1.0 + 1e-9))
                  Rule.fires 1 [ Scale(Gain.multiply g near) ]
              | _ -> NoMatch)
          wrong "it is right for one channel only" (fun terms ->
              match terms with
              | Scale g :: (Activation(Softmax, _) as softmax) :: _ when Gain.length g = Some 1 ->
                  Rule.fires 2 [ softmax ]
              | Scale g :: (Activation(Softmax, _) as softmax) :: _ -> Rule.fires 2 [ softmax; Scale g ]
              | _ -> NoMatch) ]

    /// Answers every other time.
    let unsteady () =
        let asked = ref 0

        wrong "it answers every other time" (fun terms ->
            asked.Value <- asked.Value + 1
            if asked.Value % 2 = 0 then NoMatch else Absorption.fuse.Apply terms)

    let all =
        List.concat
            [ commutation
              activations
              thresholds
              absorption
              decomposition
              branches
              [ flattenInterleaved ]
              wires
              promises ]
