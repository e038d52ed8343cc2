namespace Canon.Bench

open System
open System.Globalization
open BenchmarkDotNet.Columns
open BenchmarkDotNet.Reports
open BenchmarkDotNet.Running

/// How often something happens a second: `count case` over the mean time, for the benchmarks of one class.
[<AbstractClass>]
type Rate(name: string, legend: string, format: string, benchmarks: Type) =

    let parameter (case: BenchmarkCase) name =
        string (case.Parameters.Items |> Seq.find (fun p -> p.Name = name)).Value

    let isOurs (case: BenchmarkCase) = case.Descriptor.Type = benchmarks

    abstract Count: parameter: (string -> string) -> float

    interface IColumn with
        member _.Id = name
        member _.ColumnName = name
        member _.AlwaysShow = true
        member _.Category = ColumnCategory.Custom
        member _.PriorityInCategory = 0
        member _.IsNumeric = true
        member _.UnitType = UnitType.Dimensionless
        member _.Legend = legend

        member _.IsAvailable summary =
            Seq.exists isOurs summary.BenchmarksCases

        member _.IsDefault(_, _) = false

        member x.GetValue(summary, case) =
            match
                summary[case]
                |> Option.ofObj
                |> Option.bind (fun report -> Option.ofObj report.ResultStatistics)
            with
            | Some statistics when isOurs case ->
                let each = x.Count(parameter case) / (statistics.Mean * 1e-9)
                each.ToString(format, CultureInfo.InvariantCulture)
            | _ -> "?"

        member x.GetValue(summary, case, _: SummaryStyle) = (x :> IColumn).GetValue(summary, case)

/// Rule applications a second: the steps of the derivation over the mean time.
type RuleApplications() =
    inherit Rate("Rules/s", "Rule applications a second", "N0", typeof<Symbolic>)

    override _.Count parameter =
        let network = Chains.make (parameter "Kind") (int (parameter "Layers"))
        float (Chains.derive network).Steps.Length
