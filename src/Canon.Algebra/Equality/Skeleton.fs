namespace Canon.Algebra.Equality

open System.Collections.Generic
open Canon.Algebra

/// What a network is without its numbers and names: its architecture.
[<RequireQualifiedAccess>]
module internal Skeleton =

    let private size (n: int option) =
        match n with
        | Some n -> string n
        | None -> "?"

    let private layer (a: Affine) kernel =
        let kind =
            match a.Weight.Grouping, kernel with
            | Diagonal, _ -> "a factor for each channel"
            | Groups _, _ when Kernel.isDense kernel -> "a dense layer"
            | Groups _, Direct _ -> "a convolution"
            | Groups _, Transposed _ -> "a transposed convolution"

        let grouping =
            match a.Weight.Grouping with
            | Groups count when count > 1 -> $" in {count} groups"
            | Groups _
            | Diagonal -> ""

        let window = if Kernel.isDense kernel then "" else $" by {kernel}"
        $"{kind} from {size a.Weight.Columns} to {size a.Weight.Rows} channels{grouping}{window}"

    let private operation (operation: obj) = $"{operation}".ReplaceLineEndings " "

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
            | Activation(LeakyRelu slope, _) -> lines.Add $"leaky_relu of slope {slope}"
            | Activation(phi, _) -> lines.Add(Activation.name phi)
            | Clip(lower, upper, _, _) -> lines.Add $"clip to {lower} and {upper}"
            | Spatial(spatial, _) -> lines.Add(operation spatial)
            | Rearrange(rearrangement, _) -> lines.Add(operation rearrangement)
            | Normalize(normalization, _, _, _) -> lines.Add(operation normalization)
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

    /// Where two architectures part, in words; None where they are one.
    let difference first second =
        let a, b = lines first, lines second
        let at (lines: string[]) k = if k < lines.Length then lines[k] else "its end"

        seq { 0 .. max a.Length b.Length - 1 }
        |> Seq.tryFind (fun k -> at a k <> at b k)
        |> Option.map (fun k ->
            let after = if k = 0 then "at the input" else $"after {at a (k - 1)}"
            $"{after} the first has {at a k}, the second {at b k}")
