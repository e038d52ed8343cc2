module Canon.Bench.Program

open BenchmarkDotNet.Configs
open BenchmarkDotNet.Running

[<EntryPoint>]
let main args =
    let prefix = args |> Array.tryItem 1 |> Option.defaultValue ""

    match Array.tryHead args with
    | Some option when option = Figures.here ->
        Figures.printHere prefix
        0
    | Some "--ratios" ->
        Figures.measure prefix |> ignore
        0
    | Some "--update" ->
        Figures.update prefix
        0
    | Some "--check" -> if Figures.check prefix then 0 else 1
    | _ ->
        let config = DefaultConfig.Instance.AddColumn(RuleApplications())

        // Asked for nothing in particular, run all instead of asking back.
        let args = if args.Length = 0 then [| "--filter"; "*" |] else args

        BenchmarkSwitcher.FromAssembly(typeof<Symbolic>.Assembly).Run(args, config)
        |> ignore

        0
