using System.Globalization;
using Microsoft.Playwright;

namespace Canon.Tests.Browser;

/// <summary>What holds of every page that the tool writes.</summary>
internal static class PageChecks
{
    /// <summary>Texts of charts that leave their charts, or cover each other.</summary>
    public static Task<string[]> CoveredTextsAsync(IPage page) => page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll("svg.chart")].flatMap(svg => {
              const frame = svg.getBoundingClientRect();
              const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
              return texts.flatMap(([text, box], k) => [
                ...(box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1 ? [`${text} leaves its chart`] : []),
                ...texts.slice(k + 1)
                  .filter(([, other]) => box.left < other.right - 0.5 && other.left < box.right - 0.5 && box.top < other.bottom - 3 && other.top < box.bottom - 3)
                  .map(([other]) => `${text} covers ${other}`)]);
            })
            """);

    /// <summary>Every text and every line stands out from what is behind it. How many there are.</summary>
    public static async Task<int> StandOutAsync(IPage page)
    {
        string[] found = await page.EvaluateAsync<string[]>("""
            () => {
              const numbers = colour => colour.match(/[\d.]+/g).map(Number);
              const light = channels => {
                const [r, g, b] = channels.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const behind = element => {
                for (let e = element; e; e = e.parentElement) {
                  const colour = getComputedStyle(e).backgroundColor;
                  if ((numbers(colour)[3] ?? 1) > 0) return colour;
                }
                return "rgb(255, 255, 255)";
              };
              const ratio = (element, colour) => {
                let opacity = 1;
                for (let e = element; e; e = e.parentElement) opacity *= +getComputedStyle(e).opacity;
                const paper = numbers(behind(element)).slice(0, 3);
                const seen = numbers(colour).slice(0, 3).map((v, k) => opacity * v + (1 - opacity) * paper[k]);
                const [a, b] = [light(seen), light(paper)].sort((x, y) => y - x);
                return (a + 0.05) / (b + 0.05);
              };
              const texts = [...document.querySelectorAll("body *")]
                .filter(e => !["SCRIPT", "TEMPLATE", "title", "desc"].includes(e.tagName))
                .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim() !== ""))
                .map(e => ["text", e, e.closest("svg") ? getComputedStyle(e).fill : getComputedStyle(e).color]);
              const lines = [...document.querySelectorAll("path.line")].map(e => ["line", e, getComputedStyle(e).stroke]);
              return [...texts, ...lines].map(([kind, e, colour]) => `${kind} ${ratio(e, colour).toFixed(3)} ${e.textContent}`);
            }
            """);
        Assert.All(found, line =>
        {
            string[] words = line.Split(' ', 3);
            double least = words[0] == "text" ? 4.5 : 3;
            Assert.True(double.Parse(words[1], CultureInfo.InvariantCulture) >= least, line);
        });
        return found.Length;
    }
}
