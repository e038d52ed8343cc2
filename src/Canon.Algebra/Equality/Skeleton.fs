namespace Canon.Algebra.Equality

open System
open System.Collections.Generic
open Canon.Algebra

/// What a network is without its numbers and names: its architecture.
[<RequireQualifiedAccess>]
module internal Skeleton =

    /// A layer in arrow notation, as if its weight were a symbol.
    let private layer (a: Affine) kernel =
        let weight = a.Weight

        let symbol =
            Parameter.symbolicWeight "W" weight.Rows weight.Columns weight.Grouping weight.Taps

        Print.withShapes (Linear(Affine.ofParameters symbol None, kernel, Network.unlabelled))

    /// What the bounds of a clip are multiples of: the upper one where it is a number other than 0, else the lower one, else 1.
    let unit lower upper =
        let isUnit (x: float) = Double.IsFinite x && x <> 0.0

        if isUnit upper then abs upper
        elif isUnit lower then abs lower
        else 1.0

    /// One line a term, in order; what is inside a term stands between it and its end.
    let lines (network: Network) =
        let lines = List<string>()
        let wires = Dictionary<string, string>()

        let rec visit network =
            let branches name inside =
                lines.Add $"{name} of {List.length inside} branches"

                for k, branch in List.indexed inside do
                    lines.Add $"branch {k + 1}"
                    visit branch

                lines.Add $"the end of the {name}"

            match network with
            | Linear(a, kernel, _) -> lines.Add(layer a kernel)
            | UnitRowLinear(rows, kernel, _) -> lines.Add(layer rows.Coefficients kernel)
            | Scale _ -> lines.Add "a scale"
            | Activation(PRelu _, _) -> lines.Add "prelu"
            | Activation(LeakyRelu slope, _) -> lines.Add(FormattableString.Invariant $"leaky_relu({slope})")
            | Activation(phi, _) -> lines.Add(Activation.name phi)
            | Clip(lower, upper, _, _) ->
                let unit = unit lower upper
                lines.Add(FormattableString.Invariant $"clip({lower / unit:G6}, {upper / unit:G6}) of thresholds")
            | Spatial _
            | Rearrange _ -> lines.Add(Print.network network)
            | Normalize(GroupNorm groups, _, _, _) -> lines.Add $"group_norm of {groups} groups"
            | Normalize(normalization, _, _, _) -> lines.Add(Normalization.name normalization)
            | Compose parts -> List.iter visit parts
            | Sum(inside, _) -> branches "sum" inside
            | Concat(inside, _, _) -> branches "concat" inside
            | Product(inside, _) -> branches "product" inside
            | As wire ->
                wires[wire] <- $"value {wires.Count + 1}"
                lines.Add $"the name {wires[wire]}"
            | Wire wire ->
                match wires.TryGetValue wire with
                | true, name -> lines.Add name
                | false, _ -> lines.Add $"input {wire}"
            | Tuple inside -> branches "tuple" inside
            | Opaque(node, inside) -> branches $"{node.Name}, output {node.Output}," inside

        visit network
        lines.ToArray()

    /// The branches of a term whose order does not matter, and how it is made of others.
    let tryUnordered term =
        match term with
        | Sum(branches, label) -> Some(branches, (fun branches -> Sum(branches, label)))
        | Product(branches, label) -> Some(branches, (fun branches -> Product(branches, label)))
        | _ -> None

    /// Where two architectures part, in words; None where they are one.
    let difference first second =
        let a, b = lines first, lines second

        let at (lines: string[]) k =
            if k < lines.Length then lines[k] else "its end"

        seq { 0 .. max a.Length b.Length - 1 }
        |> Seq.tryFind (fun k -> at a k <> at b k)
        |> Option.map (fun k ->
            let after = if k = 0 then "at the input" else $"after {at a (k - 1)}"
            $"{after} the first has {at a k}, the second {at b k}")
