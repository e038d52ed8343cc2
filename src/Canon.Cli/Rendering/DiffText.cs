using Canon.Cli.Commands;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>What a comparison came to, as text and as JSON. The first word is the answer.</summary>
internal static class DiffText
{
    private const int MostLayers = 24;
    private const int MostUnits = 8;

    public static void Write(DiffRequest request, Comparison comparison, Page page)
    {
        switch (comparison.Equivalence)
        {
            case Equivalence.Equal:
                page.Line($"[bold green]equal[/]: {Page.Escape(request.First)} and {Page.Escape(request.Second)} are one function");
                page.Line($"largest deviation of the canonical forms [bold]{Plain.Number(comparison.Deviation!.Value)}[/]", indent: 2);
                Gauge(comparison, request, page);
                Layers(comparison.Layers, page);
                break;
            case Equivalence.Different:
                page.Line($"[bold red]different[/]: an input shows that {Page.Escape(request.First)} and {Page.Escape(request.Second)} are not one function");
                Witness(comparison.Witness!, page);
                Parting(comparison.Parting, page);
                break;
            default:
                page.Line($"[bold yellow]undecided[/]: {Page.Escape(comparison.Reason!)}");
                Parting(comparison.Parting, page);
                break;
        }
    }

    public static void WriteJson(DiffRequest request, Comparison comparison, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        json.WriteString("first", request.First);
        json.WriteString("second", request.Second);
        json.WriteString("verdict", PcrStepText.Name(comparison.Equivalence));
        json.WriteString("reason", comparison.Reason);
        Json.Number(json, "deviation", comparison.Deviation);
        Json.Objects(json, "layers", comparison.Layers, Layer);
        if (comparison.Parting is { } parting)
        {
            json.WriteStartObject("parting");
            Layer(parting);
            json.WriteEndObject();
        }

        if (comparison.Witness is { } witness)
        {
            json.WriteStartObject("witness");
            Json.Number(json, "difference", witness.Difference);
            Json.Number(json, "noise", witness.Noise);
            if (witness.Input is { } input)
                Signal("input", input);
            json.WriteStartObject("inputs");
            foreach ((string name, Signal value) in witness.NamedInputs)
                Signal(name, value);
            json.WriteEndObject();
            Signals("first", witness.First);
            Signals("second", witness.Second);
            json.WriteEndObject();
        }

        if (comparison.Gauge is { } gauge)
        {
            json.WritePropertyName("gauge");
            json.WriteRawValue(gauge.ToJson());
        }

        json.WriteEndObject();

        void Layer(LayerDeviation layer)
        {
            json.WriteString("first", layer.First);
            json.WriteString("second", layer.Second);
            Json.Number(json, "deviation", layer.Deviation);
            json.WriteStartArray("units");
            foreach (int unit in layer.Units)
                json.WriteNumberValue(unit);
            json.WriteEndArray();
        }

        void Signal(string key, Signal signal)
        {
            json.WriteStartObject(key);
            Json.Numbers(json, "shape", [signal.Shape.Channels, .. signal.Shape.Space]);
            Json.Numbers(json, "values", signal.Values);
            json.WriteEndObject();
        }

        void Signals(string key, IReadOnlyList<Signal> signals) => Json.Objects(json, key, signals, signal =>
        {
            Json.Numbers(json, "shape", [signal.Shape.Channels, .. signal.Shape.Space]);
            Json.Numbers(json, "values", signal.Values);
        });
    });

    private static void Gauge(Comparison comparison, DiffRequest request, Page page)
    {
        if (comparison.Gauge is not { } gauge)
        {
            page.Line("no gauge leads from one to the other: a factor went into a normalization or another factor of a product", indent: 2);
            return;
        }

        double[] factors = [.. gauge.Tensors.SelectMany(tensor => tensor.RowFactors)];
        bool isRescaled = factors.Any(factor => Math.Abs(factor - 1) > 1e-6);
        page.Line(
            (isRescaled, gauge.KeepsOrder) switch
            {
                (false, true) => "the same weights, up to rounding, once both are reduced",
                (true, true) => $"rescaled: rows by {Plain.Number(factors.Min())} to {Plain.Number(factors.Max())}",
                (false, false) => "hidden units in another order",
                (true, false) => $"hidden units in another order, and rescaled: rows by {Plain.Number(factors.Min())} to {Plain.Number(factors.Max())}",
            },
            indent: 2);
        if (request.Gauge is { } file)
            page.Line($"wrote {Page.Escape(file)}", indent: 2);
    }

    private static void Layers(IReadOnlyList<LayerDeviation> layers, Page page)
    {
        page.Heading("Layers");
        Table table = Tables.New("first").AddText("second").AddNumber("deviation");
        foreach (LayerDeviation layer in layers.Take(MostLayers))
            table.AddRow(Page.Escape(layer.First), Page.Escape(layer.Second), Plain.Number(layer.Deviation));
        page.Write(table);
        if (layers.Count > MostLayers)
            page.Line($"and {Plain.Count(layers.Count - MostLayers)} more; --json has all", indent: 2);
    }

    private static void Witness(Witness witness, Page page)
    {
        page.Line(
            double.IsInfinity(witness.Difference)
                ? "the outputs have different shapes"
                : $"outputs differ by [bold]{Plain.Number(witness.Difference)}[/] of the largest; rounding the weights once more makes {Plain.Number(witness.Noise)}",
            indent: 2);
        if (witness.Input is { } input)
            page.Line($"input {Page.Escape(Values(input))}", indent: 2);
        foreach ((string name, Signal value) in witness.NamedInputs)
            page.Line(Page.Escape($"input {name} {Values(value)}"), indent: 2);
        foreach ((int index, (Signal first, Signal second)) in witness.First.Zip(witness.Second).Index())
        {
            string output = witness.First.Count == 1 ? "output" : $"output {index + 1}";
            page.Line(Page.Escape($"{output} of the first  {Values(first)}"), indent: 2);
            page.Line(Page.Escape($"{output} of the second {Values(second)}"), indent: 2);
        }
    }

    private static void Parting(LayerDeviation? parting, Page page)
    {
        if (parting is null)
            return;
        string units = string.Join(", ", parting.Units.Take(MostUnits)) + (parting.Units.Count > MostUnits ? ", …" : "");
        string layers = parting.First == parting.Second ? parting.First : $"{parting.First} and {parting.Second}";
        page.Line(
            Page.Escape($"the canonical forms part at {layers}: {Plain.Count(parting.Units.Count, "unit")} ({units}), by up to {Plain.Number(parting.Deviation)}"),
            indent: 2);
    }

    private static string Values(Signal signal)
    {
        string shape = string.Join('x', [signal.Shape.Channels, .. signal.Shape.Space]);
        string values = string.Join(", ", signal.Values.Take(MostUnits).Select(value => Plain.Number(value)));
        return $"({shape}) {values}{(signal.Values.Count > MostUnits ? ", …; --json has all" : "")}";
    }
}
