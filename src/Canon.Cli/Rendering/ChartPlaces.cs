using System.Text.Json.Serialization;

namespace Canon.Cli.Rendering;

/// <summary>What the script of a page shows where in a chart.</summary>
/// <param name="Axis">The one that the places lie along: x or y.</param>
/// <param name="At">Where each place is on it.</param>
/// <param name="From">Where the line that marks a place starts on the other one.</param>
/// <param name="To">Where that line ends.</param>
/// <param name="Titles">What each place is called.</param>
/// <param name="Rows">The figures of each place: the key of a series, a name, a text.</param>
internal sealed record ChartPlaces(
    string Axis, IEnumerable<double> At, double From, double To, IEnumerable<string> Titles, IEnumerable<IEnumerable<object[]>> Rows);

/// <summary>How places are written, known when the tool is compiled: it may run where no code can be made.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ChartPlaces))]
[JsonSerializable(typeof(int))]
internal sealed partial class ChartPlacesJson : JsonSerializerContext;
