namespace Canon.Algebra.Equality

open Canon.Algebra

/// The orders of branches of one architecture: only their numbers could say which is which.
[<RequireQualifiedAccess>]
module internal Arrangement =

    /// Orders that are tried at most.
    let private most = 24

    let rec private permutations items =
        match items with
        | [] -> Seq.singleton []
        | _ ->
            seq {
                for k in 0 .. List.length items - 1 do
                    for rest in permutations (List.removeAt k items) -> items[k] :: rest
            }

    /// The orders of branches that leave every architecture at its place; the given one first.
    let private orders branches =
        let alike =
            branches
            |> List.map (fun branch -> Skeleton.lines branch, branch)
            |> List.groupBy fst
            |> List.map (snd >> List.map snd)

        (Seq.singleton [], alike)
        ||> List.fold (fun before group ->
            seq {
                for first in before do
                    for order in permutations group -> first @ order
            })
        |> Seq.truncate most
        |> Array.ofSeq

    /// A reduced network, then the same with branches of one architecture in other orders.
    let all network =
        let arranged (number: int) =
            let mutable rest = number

            let arrangement =
                network
                |> Traversal.map (fun term ->
                    match Skeleton.tryUnordered term with
                    | Some(branches, make) ->
                        let orders = orders branches
                        let order = orders[rest % orders.Length]
                        rest <- rest / orders.Length
                        make order
                    | None -> term)

            if rest = 0 then Some arrangement else None

        Seq.initInfinite arranged
        |> Seq.truncate most
        |> Seq.takeWhile Option.isSome
        |> Seq.choose id
