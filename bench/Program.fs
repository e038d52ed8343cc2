module Canon.Bench.Program

open BenchmarkDotNet.Configs
open BenchmarkDotNet.Running

[<EntryPoint>]
let main args =
    match List.ofArray args with
    | option :: prefix when option = Figures.here ->
        Figures.printHere (String.concat "" prefix)
        0
    | "--ratios" :: prefix ->
        Figures.measure (String.concat "" prefix) |> ignore
        0
    | _ ->
        let config = DefaultConfig.Instance.AddColumn(RuleApplications(), Flops())

        // Asked for nothing in particular, run all instead of asking back.
        let args = if args.Length = 0 then [| "--filter"; "*" |] else args

        BenchmarkSwitcher.FromAssembly(typeof<Symbolic>.Assembly).Run(args, config)
        |> ignore

        0
