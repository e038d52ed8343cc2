module Canon.Bench.Program

open BenchmarkDotNet.Configs
open BenchmarkDotNet.Running

[<EntryPoint>]
let main args =
    let config = DefaultConfig.Instance.AddColumn(RuleApplications())

    BenchmarkSwitcher.FromAssembly(typeof<Symbolic>.Assembly).Run(args, config)
    |> ignore

    0
