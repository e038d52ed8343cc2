/// Threads that share what is to be done do all of it, once.
module Canon.Properties.TeamLaws

open System
open System.Threading
open FsCheck.FSharp
open Canon.Algebra
open Xunit

let private counts =
    Arb.zip (Arb.fromGen (Gen.choose (0, 40)), Arb.fromGen (Gen.choose (0, 12)))

[<Fact>]
let ``Every number is run once, by teams within a team and more threads than there are numbers`` () =
    Law.forAll counts (fun (outer, inner) ->
        for threads in [ -1; 1; 2; 16 ] do
            let runs = Array.zeroCreate<int> (outer * inner)

            Team.Each(
                threads,
                outer,
                fun i -> Team.Each(threads, inner, fun j -> Interlocked.Increment(&runs[i * inner + j]) |> ignore)
            )

            Assert.All(runs, fun count -> Assert.Equal(1, count)))

[<Fact>]
let ``Of bodies that fail the first is told, and nothing goes on behind`` () =
    Law.forAll counts (fun (count, at) ->
        for threads in [ 1; 2; 16 ] do
            let mutable running = 0

            let body k =
                Interlocked.Increment &running |> ignore

                try
                    if k >= at then
                        invalidOp $"{k}"
                finally
                    Interlocked.Decrement &running |> ignore

            if count <= at then
                Team.Each(threads, count, body)
            else
                let raised =
                    Assert.Throws<InvalidOperationException>(fun () -> Team.Each(threads, count, body))

                Assert.Equal($"{at}", raised.Message)

            Assert.Equal(0, running))
