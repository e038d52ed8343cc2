namespace Canon.Algebra

/// A term that was entered: what stands before and behind it, and which of its children is being looked at.
[<NoEquality; NoComparison>]
type internal Frame =
    {
        /// Where the term stands in its composition.
        Index: int
        /// What stands before it, the nearest first.
        Passed: Network list
        Term: Network
        Child: int
        /// What stands behind it.
        Rest: Network list
    }

/// A place in a network between two terms of a composition, from which neighbouring places are near: a derivation that goes from
/// input to output is followed in linear time.
[<NoEquality; NoComparison>]
type internal Zipper =
    {
        /// The terms entered, the innermost first.
        Frames: Frame list
        Index: int
        /// What stands before the place in its composition, the nearest first.
        Passed: Network list
        /// What stands behind the place.
        Rest: Network list
    }

[<RequireQualifiedAccess>]
module internal Zipper =

    /// In front of the first term.
    let ofNetwork network =
        { Frames = []
          Index = 0
          Passed = []
          Rest = Network.parts network }

    let private composition (z: Zipper) =
        Network.compose (List.fold (fun rest term -> term :: rest) z.Rest z.Passed)

    /// Out of a term, to the place in front of it.
    let private leave (z: Zipper) (frame: Frame) outer : Zipper =
        let children = Traversal.children frame.Term

        { Frames = outer
          Index = frame.Index
          Passed = frame.Passed
          Rest =
            Traversal.withChildren (List.updateAt frame.Child (composition z) children) frame.Term
            :: frame.Rest }

    let rec toNetwork (z: Zipper) =
        match z.Frames with
        | [] -> composition z
        | frame :: outer -> toNetwork (leave z frame outer)

    let rec private along index (z: Zipper) =
        if z.Index = index then
            Some z
        elif z.Index > index then
            along
                index
                { z with
                    Index = z.Index - 1
                    Passed = z.Passed.Tail
                    Rest = z.Passed.Head :: z.Rest }
        else
            match z.Rest with
            | [] -> None
            | next :: rest ->
                along
                    index
                    { z with
                        Index = z.Index + 1
                        Passed = next :: z.Passed
                        Rest = rest }

    let private enter child (z: Zipper) =
        match z.Rest with
        | term :: rest ->
            List.tryItem child (Traversal.children term)
            |> Option.map (fun network ->
                { ofNetwork network with
                    Frames =
                        { Index = z.Index
                          Passed = z.Passed
                          Term = term
                          Child = child
                          Rest = rest }
                        :: z.Frames })
        | [] -> None

    /// The place of a path; None where the network has none.
    let moveTo (path: int list) (z: Zipper) =
        let rec descend path z =
            match path with
            | [ index ] when index >= 0 -> along index z
            | index :: child :: deeper when index >= 0 && child >= 0 ->
                along index z |> Option.bind (enter child) |> Option.bind (descend deeper)
            | _ -> None

        // How many of the terms entered lie on the way, and what of the path is left there.
        let rec common count (entered: Frame list) path =
            match entered, path with
            | frame :: inner, index :: child :: (_ :: _ as deeper) when frame.Index = index && frame.Child = child ->
                common (count + 1) inner deeper
            | _ -> struct (count, path)

        let struct (kept, deeper) = common 0 (List.rev z.Frames) path

        let rec ascend excess z =
            match z.Frames with
            | frame :: outer when excess > 0 -> ascend (excess - 1) (leave z frame outer)
            | _ -> z

        descend deeper (ascend (z.Frames.Length - kept) z)

    /// The terms behind the place, and what stands behind them; None where there are fewer.
    let tryTake count z =
        let rec take count taken rest =
            match rest with
            | _ when count = 0 -> Some(List.rev taken, rest)
            | [] -> None
            | term :: rest -> take (count - 1) (term :: taken) rest

        take count [] z.Rest

    /// Other terms behind the place.
    let withRest (terms: Network list) rest (z: Zipper) =
        { z with
            Rest = List.collect Network.parts terms @ rest }
