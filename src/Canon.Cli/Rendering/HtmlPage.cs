using System.Reflection;
using System.Text;

namespace Canon.Cli.Rendering;

/// <summary>What is around the pages that the tool writes: one HTML file each that needs nothing else, with its styles and its script.</summary>
internal static class HtmlPage
{
    /// <summary>Up to the end of the page's header.</summary>
    /// <param name="page">What is written to.</param>
    /// <param name="title">The title, as text.</param>
    /// <param name="header">What stands in the header, as HTML.</param>
    public static void Start(StringBuilder page, string title, string header) =>
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n")
            .Append($"<title>{ChartSeries.Escape(title)}</title>\n<style>\n{Resource("page.css")}</style>\n")
            .Append("<noscript><style>.keys input, .scheme { display: none }</style></noscript>\n</head>\n<body>\n<header>\n")
            .Append("<button class=\"scheme\" type=\"button\" aria-label=\"Light or dark\">◐</button>\n")
            .Append(header)
            .Append("</header>\n<main>\n");

    public static void End(StringBuilder page) =>
        page.Append("</main>\n<div id=\"values\" role=\"status\" hidden></div>\n")
            .Append($"<script>\n{Resource("page.js")}</script>\n</body>\n</html>\n");

    /// <summary>Switches that show and hide series in all charts.</summary>
    public static void Keys(StringBuilder page, string legend, IEnumerable<ChartSeries> series)
    {
        page.Append($"<fieldset class=\"keys\">\n<legend class=\"hidden\">{ChartSeries.Escape(legend)}</legend>\n");
        foreach (ChartSeries one in series)
            page.Append($"<label><input type=\"checkbox\" checked data-key=\"{one.Index}\">{one.Swatch}{one.Html}</label>\n");
        page.Append("</fieldset>\n");
    }

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
