namespace Canon.Algebra

open System.Collections.Generic

/// Sets of things that have to do the same, numbered as they are met, and why some must stay as they are.
[<Sealed>]
type internal Partition() =
    let parents = List<int>()
    let reasons = List<string option>()

    let root thing =
        let mutable top = thing

        while parents[top] <> top do
            parents[top] <- parents[parents[top]]
            top <- parents[top]

        top

    member _.Fresh() =
        parents.Add parents.Count
        reasons.Add None
        parents.Count - 1

    member _.Count = parents.Count

    /// One number for all things of a set.
    member _.Root thing = root thing

    /// Why the set must stay, where it must: the first reason that was given.
    member _.Reason thing = reasons[root thing]

    /// Many things stay for one reason: they share the object that says it.
    member _.Hold (reason: string option) thing =
        let top = root thing
        reasons[top] <- Option.orElse reason reasons[top]

    member _.Unite a b =
        let a, b = root a, root b

        if a <> b then
            let first, second = min a b, max a b
            parents[second] <- first
            reasons[first] <- Option.orElse reasons[second] reasons[first]

    /// The sets numbered from 0 without gaps: why each must stay, and the number of a thing's.
    member _.Numbered() =
        let numbers = Array.zeroCreate<int> parents.Count
        let held = List<string option>()

        for k in 0 .. parents.Count - 1 do
            if parents[k] = k then
                numbers[k] <- held.Count
                held.Add reasons[k]

        held.ToArray(), (fun thing -> numbers[root thing])
