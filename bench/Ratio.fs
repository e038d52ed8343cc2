namespace Canon.Bench

open System
open System.Diagnostics
open System.Globalization
open System.IO

/// Rivals take turns, round by round, so that whatever else the machine does falls on all of them alike.
[<RequireQualifiedAccess>]
module Ratio =

    /// Seconds of one of so many repetitions.
    let timed repeats (f: unit -> unit) =
        fun () ->
            let clock = Stopwatch.StartNew()

            for _ in 1..repeats do
                f ()

            clock.Elapsed.TotalSeconds / float repeats

    /// Seconds for which memory is fresh and code not yet what it will be.
    let private warmUp = 0.5

    /// The seconds of each rival in each round; rounds before go uncounted, as long as the warm-up and at least one.
    let rounds count (rivals: (unit -> float) list) =
        let all () =
            rivals |> List.map (fun rival -> rival ()) |> Array.ofList

        let clock = Stopwatch.StartNew()
        all () |> ignore

        while clock.Elapsed.TotalSeconds < warmUp do
            all () |> ignore

        Array.init count (fun _ -> all ()) |> Array.transpose

    let median (numbers: float[]) =
        let sorted = Array.sort numbers
        (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0

    /// How many times as fast as theirs ours is: the median of the rounds.
    let speed (theirs: float[]) (ours: float[]) = median (Array.map2 (/) theirs ours)

/// A script of bench/peers that runs beside: it says what it is on its first line, and then answers each line by seconds.
[<Sealed>]
type Peer private (script: Process, description: string) =

    /// What it says it is.
    member _.Description = description

    member _.Ask(request: string) =
        script.StandardInput.WriteLine request

        match script.StandardOutput.ReadLine() with
        | null -> raise (InvalidOperationException $"{description} ended without an answer to {request}")
        | line -> Double.Parse(line, CultureInfo.InvariantCulture)

    interface IDisposable with
        member _.Dispose() =
            script.StandardInput.Close()
            script.WaitForExit()
            script.Dispose()

    /// By the first python3 on the path that has what the script needs; the reason where none has.
    static member Start(script: string, arguments: string list, environment: (string * string) list) =
        let pythons =
            (Environment.GetEnvironmentVariable "PATH"
             |> Option.ofObj
             |> Option.defaultValue "")
                .Split
                Path.PathSeparator
            |> Seq.map (fun folder -> Path.Combine(folder, "python3"))
            |> Seq.filter File.Exists

        let attempt (python: string) =
            let start =
                ProcessStartInfo(
                    python,
                    Path.Combine(AppContext.BaseDirectory, "peers", script) :: arguments,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                )

            for name, value in environment do
                start.Environment[name] <- value

            let child = nonNull (Process.Start start)

            match child.StandardOutput.ReadLine() with
            | null ->
                let reason = child.StandardError.ReadToEnd().Trim()
                child.Dispose()
                Error reason
            | description -> Ok(new Peer(child, description))

        (Error "there is no python3 on the path", pythons)
        ||> Seq.fold (fun found python -> if Result.isOk found then found else attempt python)
