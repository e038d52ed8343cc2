using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>Where a labelled term comes from, and so how it is written back.</summary>
internal abstract record Origin;

/// <summary>A node that is written as it is, reading other values.</summary>
/// <param name="Node">The node.</param>
/// <param name="Term">
/// The term that it was read as; its branches may have changed since, but nothing else. Null for opaque terms.
/// </param>
/// <param name="Output">Which of the node's outputs the term is.</param>
internal sealed record NodeOrigin(GraphNode Node, Network? Term = null, int Output = 0) : Origin;

/// <summary>A layer of weights. The weight is an input of its node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Weight">The weight.</param>
/// <param name="WeightSlot">Which input of the node it is.</param>
/// <param name="Bias">The bias; null when there is none.</param>
/// <param name="BiasNode">The node that adds the bias: the same, or an Add behind it.</param>
/// <param name="BiasSlot">Which input of that node the bias is, or would be.</param>
internal sealed record LinearOrigin(
    GraphNode Node, Weight Weight, int WeightSlot, Weight? Bias, GraphNode BiasNode, int BiasSlot) : Origin;

/// <summary>A multiplication or an addition of constants, one a channel.</summary>
/// <param name="Node">Mul, Div, Add or Sub.</param>
/// <param name="Term">The term that it was read as.</param>
/// <param name="Constant">The constants.</param>
/// <param name="Slot">Which input of the node they are.</param>
internal sealed record ConstantOrigin(GraphNode Node, Network Term, Constant Constant, int Slot) : Origin;

/// <summary>A batch norm.</summary>
/// <param name="Node">The node.</param>
/// <param name="Term">The term that it was read as.</param>
internal sealed record BatchNormOrigin(GraphNode Node, Network Term) : Origin;

/// <summary>A norm without its scale and shift, which are a term of their own.</summary>
/// <param name="Node">The node.</param>
/// <param name="Norm">The norm.</param>
/// <param name="Affine">The label of the term that scales and shifts.</param>
internal sealed record NormOrigin(GraphNode Node, NormalizationLayer Norm, string Affine) : Origin;

/// <summary>A norm that is written as several nodes.</summary>
/// <param name="Nodes">The nodes, each behind those that it reads; the first reads what the norm reads.</param>
/// <param name="Norm">The norm.</param>
/// <param name="Plus">The node that adds ε.</param>
/// <param name="EpsilonSlot">Which of its inputs ε is.</param>
/// <param name="Epsilon">ε.</param>
internal sealed record DecomposedNormOrigin(
    IReadOnlyList<GraphNode> Nodes, NormalizationLayer Norm, GraphNode Plus, int EpsilonSlot, Constant Epsilon) : Origin;

/// <summary>The scale and shift of a norm.</summary>
/// <param name="Node">The node of the norm.</param>
/// <param name="Term">The term that they were read as.</param>
internal sealed record AffineOrigin(GraphNode Node, Network Term) : Origin;

/// <summary>A clip.</summary>
/// <param name="Node">The node.</param>
/// <param name="Clip">The clip that it was read as.</param>
internal sealed record ClipOrigin(GraphNode Node, ClipLayer Clip) : Origin;

/// <summary>The negation within a Sub.</summary>
internal sealed record NegationOrigin : Origin;

/// <summary>No node at all: the same tensor in another layout.</summary>
/// <param name="Term">The rearrangement.</param>
/// <param name="Layout">The layout behind it.</param>
internal sealed record LayoutOrigin(Rearrangement Term, Layout Layout) : Origin;

/// <summary>A constant part of the model that is read as a value.</summary>
/// <param name="Value">The value.</param>
/// <param name="Layout">Its layout.</param>
internal sealed record ValueOrigin(string Value, Layout? Layout) : Origin;

/// <summary>A parameter of the calculus and the constant that it stands for.</summary>
/// <param name="Parameter">The parameter: a factor of the node times the constant.</param>
/// <param name="Constant">The constant.</param>
/// <param name="Stored">The constant without the factor.</param>
internal sealed record Weight(Parameter Parameter, Constant Constant, Parameter Stored);

/// <summary>A multiplication by constants that was read as a scale, and so has no label to be found by.</summary>
/// <param name="Node">The Mul.</param>
/// <param name="Gain">The scale.</param>
/// <param name="Constant">Its numbers.</param>
/// <param name="Slot">Which input they are.</param>
internal sealed record ScaleOrigin(GraphNode Node, Gain Gain, Constant Constant, int Slot);
