namespace Canon.Algebra

/// How a kernel shares out what it has to do. Law: results are the same bits whatever stands here.
type internal Work =
    {
        /// Threads that work at once at most; −1 for one a core.
        Threads: int
        /// Positions that are worked on together.
        Positions: int
        /// Numbers that are held at once beside inputs and outputs.
        Held: int
    }

[<RequireQualifiedAccess>]
module internal Work =

    /// All cores.
    let full =
        { Threads = -1
          Positions = 96
          Held = 1 <<< 22 }

    // With less to do than this, waking threads takes longer than doing it.
    let private worthSharing = 1L <<< 15

    /// Runs `body` for 0 … count − 1, side by side where `cost`, the operations in all of them, makes it worth while.
    let each work (cost: int64) count (body: int -> unit) =
        Team.Each((if cost < worthSharing then 1 else work.Threads), count, body)

    /// Runs `body first last` for chunks of 0 … count − 1 of which each costs so many operations.
    let chunks work (costOfEach: int) count (body: int -> int -> unit) =
        let chunk = max 1 (work.Positions * 512 / max 1 costOfEach)

        each work (int64 costOfEach * int64 count) ((count + chunk - 1) / chunk) (fun k ->
            body (k * chunk) (min count ((k + 1) * chunk)))
