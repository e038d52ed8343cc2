namespace Canon.Algebra

open System
open System.Collections.Generic

/// The sum of the squares of the entries of a weight whose rows are made in one block, and whose columns are read of one; of a block that
/// keeps its scale, −1. It grows with e^(2·(MadeDegree·t(Made) − ReadDegree·t(Read))) when the blocks are multiplied by e^t.
[<Struct; StructuralEquality; NoComparison>]
type internal BlockEnergy =
    { Made: int
      MadeDegree: int
      Read: int
      ReadDegree: int
      Energy: float }

/// Blocks of channels that are multiplied as wholes, for the least sum of squares of all weights. Sweeps over single channels settle what
/// is uneven in a block within a few, and what is uneven between blocks in as many as there are blocks, squared: a correction on a coarse
/// grid, as multigrid methods have it, takes that away. Source: Brandt, Multi-level adaptive solutions, Math. Comp. 31 (1977).
[<RequireQualifiedAccess>]
module internal BlockBalance =

    let private change (logs: float[]) block degree =
        if block < 0 then 0.0 else float degree * logs[block]

    let private grown (logs: float[]) energy =
        energy.Energy
        * Math.Exp(
            2.0
            * (change logs energy.Made energy.MadeDegree
               - change logs energy.Read energy.ReadDegree)
        )

    /// Those of pairs of neighbours; of what moves within one nothing is left, since it changes nothing.
    let private paired (logs: float[]) (energies: BlockEnergy[]) =
        let sums = Dictionary<BlockEnergy, float>()
        let half block = if block < 0 then -1 else block / 2

        for energy in energies do
            let key =
                { energy with
                    Made = half energy.Made
                    Read = half energy.Read
                    Energy = 0.0 }

            if key.Made <> key.Read || key.MadeDegree <> key.ReadDegree then
                sums[key] <- CollectionExtensions.GetValueOrDefault(sums, key, 0.0) + grown logs energy

        [| for entry in sums do
               { entry.Key with Energy = entry.Value } |]

    /// Steps by pairs are taken half as long again as they should be by themselves: what is smooth over many blocks, pairs take for stiffer
    /// than it is. Source: Braess, Towards algebraic multigrid for elliptic problems of second order, Computing 55 (1995).
    let private overcorrection = 1.5

    /// Brings the blocks nearer to the least sum: each alone, then twice by pairs in the same way, then each once more, last to first.
    /// Returns the logarithms of their factors.
    let rec private cycle count (energies: BlockEnergy[]) : float[] =
        let logs = Array.zeroCreate<float> count
        let touching = Array.init count (fun _ -> List<BlockEnergy>())

        for energy in energies do
            if energy.Made >= 0 then
                touching[energy.Made].Add energy

            if energy.Read >= 0 && energy.Read <> energy.Made then
                touching[energy.Read].Add energy

        let settle block =
            let mutable made, read, degree = 0.0, 0.0, 1

            for energy in touching[block] do
                let now = grown logs energy

                if energy.Made = block then
                    made <- made + float energy.MadeDegree * now
                    degree <- max degree energy.MadeDegree

                if energy.Read = block then
                    read <- read + float energy.ReadDegree * now
                    degree <- max degree energy.ReadDegree

            let step = Math.Log(read / made) / float (4 * degree)

            if Double.IsFinite step then
                logs[block] <- logs[block] + step

        for block in 0 .. count - 1 do
            settle block

        if count > 1 then
            for _ in 1..2 do
                let ofPairs = cycle ((count + 1) / 2) (paired logs energies)

                for block in 0 .. count - 1 do
                    logs[block] <- logs[block] + overcorrection * ofPairs[block / 2]

        for block in count - 1 .. -1 .. 0 do
            settle block

        logs

    /// What a cycle moves less than the first by is left to the next time.
    let private enough = 1e-2

    /// By how much more there is of all: e^x − 1 loses no digits where the steps are small.
    let private growth logs (energies: BlockEnergy[]) =
        energies
        |> Array.sumBy (fun energy ->
            let half =
                change logs energy.Made energy.MadeDegree
                - change logs energy.Read energy.ReadDegree

            energy.Energy * 2.0 * Math.Sinh half * Math.Exp half)

    /// Those that there is something of, and which blocks they move. A block that nothing makes or nothing reads keeps its scale: the
    /// smaller, or the larger, the less there would be of it, without end.
    let private settling count (energies: BlockEnergy[]) =
        let made, read = Array.create count false, Array.create count false

        let some =
            energies
            |> Array.filter (fun energy ->
                energy.Energy > 0.0
                && Double.IsFinite energy.Energy
                && (energy.Made <> energy.Read || energy.MadeDegree <> energy.ReadDegree))

        for energy in some do
            if energy.Made >= 0 then
                made[energy.Made] <- true

            if energy.Read >= 0 then
                read[energy.Read] <- true

        let isMoved = Array.map2 (&&) made read

        let kept block =
            if block >= 0 && isMoved[block] then block else -1

        struct (some
                |> Array.map (fun energy ->
                    { energy with
                        Made = kept energy.Made
                        Read = kept energy.Read }),
                isMoved)

    /// The logarithms of factors with which the sum of squares is near its least.
    let solve count (energies: BlockEnergy[]) =
        let struct (energies, isMoved) = settling count energies
        let logs = Array.zeroCreate<float> count

        let rec improve cycles first =
            let now =
                energies
                |> Array.map (fun energy ->
                    { energy with
                        Energy = grown logs energy })

            let further = cycle count now

            let mutable furthest = 0.0

            for block in 0 .. count - 1 do
                if isMoved[block] then
                    logs[block] <- logs[block] + further[block]
                    furthest <- max furthest (abs further[block])

            if cycles > 1 && furthest > enough * first then
                improve (cycles - 1) (max first furthest)

        improve 50 0.0

        // Of steps that are too long the sum tells.
        if growth logs energies < 0.0 then logs else Array.zeroCreate count
