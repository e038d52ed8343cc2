using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// A rule written in the arrow notation, such as <c>linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)</c>, with its
/// place in a file.
/// </summary>
/// <remarks>
/// A metavariable stands for a weight with its diagonals, a bias (or none), a gain, a number, or a term, by where it stands on the
/// left; <c>?f</c> is one term, <c>?f...</c>, inside a branch, any number of terms. On the right it stands for what was found.
/// Guards, after <c>when</c>, are joined by <c>and</c>: <c>positive(?g)</c>; <c>homogeneous(?f)</c>, an activation positively
/// homogeneous of degree 1; <c>homogeneous(?f, 2)</c>, of degree 2.
/// </remarks>
public sealed class RuleText
{
    internal RuleText(Core.RuleText value)
    {
        Value = value;
        Rule = new(value.Rule);
    }

    internal Core.RuleText Value { get; }

    /// <summary>The rule.</summary>
    public Rule Rule { get; }

    /// <summary>The text, without the name.</summary>
    public string Text => Value.Text;

    /// <summary>The line in its file, from 1.</summary>
    public int Line => Value.Line;

    /// <summary>
    /// Why the right side does not have the shapes of the left wherever the left is well shaped; null when it does.
    /// </summary>
    public string? Misfit => Microsoft.FSharp.Core.OptionModule.IsSome(Value.Misfit) ? Value.Misfit!.Value.Message : null;

    /// <summary>
    /// Reads a file of rules, one a line: <c>name: left => right when guard</c>, name and guard optional; <c>#</c> begins a comment.
    /// </summary>
    /// <param name="text">The file's text.</param>
    /// <param name="rules">The rules in order; null on failure.</param>
    /// <param name="error">Line, column, and what was expected there; null on success.</param>
    /// <returns>Whether the text could be read. A rule whose sides have different shapes can be; see <see cref="Misfit"/>.</returns>
    public static bool TryReadAll(
        string text,
        [NotNullWhen(true)] out IReadOnlyList<RuleText>? rules,
        [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Core.RuleTextModule.file(text).TryGet<FSharpList<Core.RuleText>, IReadOnlyList<RuleText>>(
            values => [.. values.Select(rule => new RuleText(rule))], out rules, out error);
    }

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
