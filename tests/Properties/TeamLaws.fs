/// Threads that share what is to be done do all of it, once.
module Canon.Properties.TeamLaws

open System
open System.Collections.Concurrent
open System.Threading
open FsCheck.FSharp
open Canon.Algebra
open Xunit

let private counts =
    Arb.zip (Arb.fromGen (Gen.choose (0, 12)), Arb.fromGen (Gen.choose (0, 6)))

/// Now and then as long as it takes another thread to come.
let private dawdle k =
    if k % 13 = 0 then
        Thread.Sleep 1

[<Fact>]
let ``Every number has been run once at the end, by teams within a team and more threads than there are numbers`` () =
    Law.forAll counts (fun (outer, inner) ->
        for threads in [ -1; 1; 2; 16 ] do
            let runs = Array.zeroCreate<int> (outer * inner)

            let within i =
                Team.Each(
                    threads,
                    inner,
                    fun j ->
                        dawdle (i + j)
                        Interlocked.Increment(&runs[i * inner + j]) |> ignore
                )

            Team.Each(threads, outer, within)
            Assert.All(runs, fun count -> Assert.Equal(1, count)))

[<Fact>]
let ``Of bodies that fail the first number is told, once none is running any more`` () =
    let failing =
        Arb.zip (Arb.fromGen (Gen.choose (0, 30)), Arb.fromGen (Gen.choose (0, 1_000_000)))

    Law.forAll failing (fun (count, seed) ->
        let random = Random seed
        let fails = Array.init count (fun _ -> random.Next 4 = 0)

        for threads in [ 1; 2; 16 ] do
            let running = [| 0 |]

            let body k =
                Interlocked.Increment(&running[0]) |> ignore
                dawdle (k + seed)
                Interlocked.Decrement(&running[0]) |> ignore

                if fails[k] then
                    invalidOp $"{k}"

            match Array.tryFindIndex id fails with
            | None -> Team.Each(threads, count, body)
            | Some first ->
                let raised =
                    Assert.Throws<InvalidOperationException>(fun () -> Team.Each(threads, count, body))

                Assert.Equal($"{first}", raised.Message)

            Assert.Equal(0, running[0]))

[<Fact>]
let ``Others help where there is time for it, as many as are wanted`` () =
    let helpers threads =
        let seen = ConcurrentDictionary<int, bool>()

        Team.Each(
            threads,
            100,
            fun _ ->
                Thread.Sleep 5
                seen[Environment.CurrentManagedThreadId] <- true
        )

        seen.Count

    Assert.Equal(1, helpers 1)
    Assert.Equal(2, helpers 2)
