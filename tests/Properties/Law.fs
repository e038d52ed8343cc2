namespace Canon.Properties

open System
open FsCheck
open FsCheck.FSharp

/// How laws are checked: one configuration for all.
[<RequireQualifiedAccess>]
module Law =

    let private variable name =
        Environment.GetEnvironmentVariable name |> Option.ofObj

    /// Cases a law; the variable CANON_PROPERTY_CASES changes it.
    let cases =
        variable "CANON_PROPERTY_CASES" |> Option.map int |> Option.defaultValue 1000

    /// The same cases at every run, so that a test that fails tells of the change and not of chance. CANON_PROPERTY_SEED is
    /// `random` for new ones, or replays a failure: the numbers that its message gives, as `seed,gamma,size`.
    let private replay =
        match variable "CANON_PROPERTY_SEED" with
        | None ->
            Some
                { Rnd = Rnd(20260513UL, 1UL)
                  Size = None }
        | Some "random" -> None
        | Some text ->
            let numbers = text.Trim('(', ')').Split ','

            Some
                { Rnd = Rnd(uint64 numbers[0], uint64 numbers[1])
                  Size = if numbers.Length > 2 then Some(int numbers[2]) else None }

    let private config =
        Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(cases).WithReplay(replay)

    /// The law throws where it does not hold. The message shows the input, shrunk and as drawn, and the seed.
    let forAll (arbitrary: Arbitrary<'a>) (law: 'a -> unit) =
        Check.One(config, Prop.forAll arbitrary law)

    /// Cases drawn once, the same at every run, to count on.
    let sample count (arbitrary: Arbitrary<'a>) =
        Gen.sampleWithSeed (Rnd(20260513UL, 1UL)) 50 count arbitrary.Generator

    let fail message : 'a =
        raise (Xunit.Sdk.XunitException message)

    let isTrue message condition =
        if not condition then
            fail message

    /// The value, or a failure with the error's message.
    let ok (result: Result<'a, Canon.Algebra.NetworkError>) =
        match result with
        | Ok value -> value
        | Error error -> fail error.Message

    /// What a text says, or a failure with what is wrong with it.
    let parsed (result: Result<'a, Canon.Algebra.NotationError>) =
        match result with
        | Ok value -> value
        | Error error -> fail error.Message
