namespace Canon.Bench

open System
open System.Globalization
open BenchmarkDotNet.Columns
open BenchmarkDotNet.Reports
open BenchmarkDotNet.Running

/// Rule applications a second: the steps of the derivation over the mean time.
type RuleApplications() =

    let steps (case: BenchmarkCase) =
        let parameter name =
            string (case.Parameters.Items |> Seq.find (fun p -> p.Name = name)).Value

        let network = Chains.make (parameter "Kind") (int (parameter "Layers"))
        (Chains.derive network).Steps.Length

    let value (summary: Summary) (case: BenchmarkCase) =
        match
            summary[case]
            |> Option.ofObj
            |> Option.bind (fun report -> Option.ofObj report.ResultStatistics)
        with
        | None -> "?"
        | Some statistics ->
            let each = float (steps case) / (statistics.Mean * 1e-9)
            each.ToString("N0", CultureInfo.InvariantCulture)

    interface IColumn with
        member _.Id = nameof RuleApplications
        member _.ColumnName = "Rules/s"
        member _.AlwaysShow = true
        member _.Category = ColumnCategory.Custom
        member _.PriorityInCategory = 0
        member _.IsNumeric = true
        member _.UnitType = UnitType.Dimensionless
        member _.Legend = "Rule applications a second"
        member _.IsAvailable _ = true
        member _.IsDefault(_, _) = false
        member _.GetValue(summary, case) = value summary case
        member _.GetValue(summary, case, _: SummaryStyle) = value summary case
