using System.Text;
using System.Text.Json;

namespace Canon.Cli.Rendering;

/// <summary>What any chart is called, and what it says of itself.</summary>
/// <param name="Id">Its name in the page.</param>
/// <param name="Title">For people.</param>
/// <param name="About">Which dataset or model it is of.</param>
/// <param name="Description">What its marks mean.</param>
internal sealed record ChartName(string Id, string Title, string About, string Description);

/// <summary>
/// The parts of charts as SVG. Sizes leave room for the larger letters of narrow screens. What the script shows of a place is written
/// beside a chart, with where the places are.
/// </summary>
internal static class Chart
{
    public const double Width = 520;

    /// <param name="page">What is written to.</param>
    /// <param name="chart">What it is called.</param>
    /// <param name="height">Its height; the width is that of all.</param>
    /// <param name="legend">Series that no switch of the page names.</param>
    public static void Start(StringBuilder page, ChartName chart, double height, params IReadOnlyList<ChartSeries> legend)
    {
        (string name, string place) = (ChartSeries.Escape(chart.Title), ChartSeries.Escape(chart.About));
        page.Append($"<figure>\n<figcaption>{name}</figcaption>\n");
        if (legend.Count > 0)
            page.Append("<p class=\"legend\">").AppendJoin(" ", legend.Select(series => $"<span>{series.Swatch}{ChartSeries.Escape(series.Name)}</span>")).Append("</p>\n");
        page.Append($"<div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"{name}, {place}: arrow keys show values\">\n")
            .Append($"<svg class=\"chart\" viewBox=\"0 0 {N(Width)} {N(height)}\" role=\"img\" aria-labelledby=\"{chart.Id}-title {chart.Id}-desc\">\n")
            .Append($"<title id=\"{chart.Id}-title\">{name}, {place}</title>\n<desc id=\"{chart.Id}-desc\">{ChartSeries.Escape(chart.Description)}</desc>\n");
    }

    /// <param name="page">What is written to.</param>
    /// <param name="places">What the script shows where.</param>
    /// <param name="table">The figures of the chart as a table; null where another one has them.</param>
    public static void End(StringBuilder page, ChartPlaces places, FiguresTable? table = null)
    {
        // JSON in an attribute: escaped as any other text.
        string data = ChartSeries.Escape(JsonSerializer.Serialize(places, ChartPlacesJson.Default.ChartPlaces));
        page.Append("<line class=\"guide\"/>\n</svg>\n</div>\n").Append($"<template data-places=\"{data}\"></template>\n");
        table?.Fold(page);
        page.Append("</figure>\n");
    }

    /// <summary>What lies outside of this part of a chart is not shown.</summary>
    public static void Clip(StringBuilder page, ChartName chart, double x, double y, double width, double height) =>
        page.Append($"<clipPath id=\"{chart.Id}-clip\"><rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\"/></clipPath>\n");

    public static void Axis(StringBuilder page, double x1, double y1, double x2, double y2) =>
        page.Append($"<path class=\"axis\" d=\"M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}\"/>\n");

    public static void Tick(
        StringBuilder page, double x1, double y1, double x2, double y2, string text, double x, double y, string anchor)
    {
        page.Append($"<path class=\"grid\" d=\"M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}\"/>");
        page.Append($"<text class=\"tick\" x=\"{N(x)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\"{(anchor == "end" ? " dy=\"0.35em\"" : "")}>{text}</text>\n");
    }

    public static void Text(StringBuilder page, string kind, double x, double y, string anchor, string text, double dx = 0) =>
        page.Append($"<text class=\"{kind}\" x=\"{N(x + dx)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\">{ChartSeries.Escape(text)}</text>\n");

    /// <summary>A name in lines, in the middle of a row and left of a chart.</summary>
    public static void RowName(StringBuilder page, IReadOnlyList<string> lines, double x, double middle)
    {
        page.Append($"<text class=\"row\" x=\"{N(x)}\" y=\"{N(middle)}\" text-anchor=\"end\">");
        for (int k = 0; k < lines.Count; k++)
        {
            double dy = k == 0 ? 0.35 - 0.55 * (lines.Count - 1) : 1.1;
            page.Append($"<tspan x=\"{N(x)}\" dy=\"{N(dy)}em\">{ChartSeries.Escape(lines[k])}</tspan>");
        }

        page.Append("</text>");
    }

    public static double Rounded(double value) => Math.Round(value, 2);

    public static string N(double value) => ChartSeries.Number(value);
}
