using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

public sealed partial class Network
{
    /// <summary>Reads the arrow notation, with what its names stand for after <c>where</c>.</summary>
    /// <param name="text">Such as <c>linear(W1, b1) -> relu -> sum[id, linear(W2)]</c>.</param>
    /// <param name="known">Parameters with values that the text names; every other name becomes a symbol.</param>
    /// <param name="network">The network; null on failure.</param>
    /// <param name="error">Line, column, and what was expected there; null on success.</param>
    /// <returns>Whether the text could be read.</returns>
    public static bool TryParse(
        string text,
        IEnumerable<Parameter> known,
        [NotNullWhen(true)] out Network? network,
        [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(known);
        var byName = known.ToDictionary(
            p => (p ?? throw new ArgumentNullException(nameof(known), "a parameter in the sequence is null")).Name,
            p => p.Value);
        return Core.Parse.networkWith(
            FuncConvert.FromFunc<string, FSharpOption<Core.Parameter>?>(
                name => byName.TryGetValue(name, out var parameter) ? FSharpOption<Core.Parameter>.Some(parameter) : null),
            text).TryGet(value => new Network(value), out network, out error);
    }

    /// <summary>Reads the arrow notation, with what its names stand for after <c>where</c>.</summary>
    /// <param name="text">Such as <c>linear(W1, b1) -> relu -> sum[id, linear(W2)]</c>.</param>
    /// <param name="known">Parameters with values that the text names; every other name becomes a symbol.</param>
    /// <returns>The network.</returns>
    /// <exception cref="FormatException">The text is not in arrow notation: line, column, and what was expected.</exception>
    public static Network Parse(string text, params IEnumerable<Parameter> known) =>
        TryParse(text, known, out var network, out var error) ? network : throw new FormatException(error);

    /// <summary>
    /// The arrow notation with shapes, and after <c>where</c> what its names stand for, a line each. <see cref="Parse"/> reads the
    /// same network from it, up to labels and to what is known of the sizes of opaque terms.
    /// </summary>
    /// <returns>Several lines.</returns>
    public string ToStringWithDefinitions() => Core.Print.document(Value);

    /// <summary>
    /// The network, and after <c>where</c> what its names stand for, as LaTeX: an <c>aligned</c> block for display mathematics,
    /// <c>\[ … \]</c>, with amsmath. Shapes are left out, long lists of numbers abridged.
    /// </summary>
    /// <returns>The block.</returns>
    public string ToLatex() => Core.Print.latex(Value);

    /// <summary>The network with its shapes as a block of code, and a list of what its names stand for, as Markdown.</summary>
    /// <returns>Several lines.</returns>
    public string ToMarkdown() => Core.Print.markdown(Value);

    /// <summary>
    /// The network for other programs, as a JSON object: <c>text</c> (as <see cref="ToStringWithDefinitions"/> writes it),
    /// <c>network</c>, and <c>definitions</c> in order. Every term and every coefficient is an object with its <c>kind</c>; a weight
    /// has its <c>name</c>, <c>rows</c> and <c>columns</c>, and the gains on its <c>left</c> and <c>right</c>.
    /// </summary>
    /// <returns>The object.</returns>
    public string ToJson() => Core.Print.json(Value);
}
