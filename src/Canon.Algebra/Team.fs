namespace Canon.Algebra

open System
open System.Runtime.ExceptionServices
open System.Threading

/// A body that is run for 0 … count − 1 by the calling thread and by others as they come: who is free takes the next. The caller waits for
/// none that has not begun: little work is done before another thread is awake, and on a busy machine it does all itself.
[<Sealed>]
type internal Team private (count: int, body: int -> unit) =
    let mutable next = -1
    let unfinished = new CountdownEvent(count)
    /// The first that failed, in the order of the numbers, and how.
    let mutable failed = Int32.MaxValue
    let mutable failure: exn | null = null

    let fail k raised =
        lock body (fun () ->
            if k < failed then
                failed <- k
                failure <- raised)

    let work () =
        let mutable k = Interlocked.Increment &next

        while k < count do
            try
                if k < Volatile.Read &failed then
                    body k
            with raised ->
                fail k raised

            unfinished.Signal() |> ignore
            k <- Interlocked.Increment &next

    member private x.Run threads =
        try
            for _ in 2 .. min count threads do
                ThreadPool.UnsafeQueueUserWorkItem(x, preferLocal = false) |> ignore
        finally
            work ()
            unfinished.Wait()

        match failure with
        | null -> ()
        | raised -> ExceptionDispatchInfo.Throw raised

    interface IThreadPoolWorkItem with
        member _.Execute() = work ()

    /// By so many threads at most, −1 for one a core. An exception of a body is thrown again, of several that of the first number.
    static member Each(threads, count, body) =
        let threads = if threads < 0 then Environment.ProcessorCount else threads

        if count < 2 || threads = 1 then
            for k in 0 .. count - 1 do
                body k
        else
            Team(count, body).Run threads

    static member Each(count, body) = Team.Each(-1, count, body)
