using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>One output of a node as a term of the calculus.</summary>
/// <param name="Output">The value.</param>
/// <param name="Reads">The values that flow into it, in order.</param>
/// <param name="Make">
/// The term for the networks that yield those values: the identity where there is one. Null where the value is the one
/// that it reads.
/// </param>
internal sealed record Term(string Output, IReadOnlyList<string> Reads, Func<IReadOnlyList<Network>, Network>? Make);

/// <summary>Where a labelled term comes from.</summary>
/// <param name="Node">The node that it is written back as.</param>
/// <param name="Kind">What the term is.</param>
/// <param name="Linear">The weights of a linear layer; null for other terms.</param>
/// <param name="Thresholds">The thresholds of a clip; null for other terms.</param>
internal sealed record Origin(GraphNode Node, NetworkKind Kind, LinearOrigin? Linear = null, Gain? Thresholds = null);

/// <summary>A parameter of the calculus and the constant that it stands for.</summary>
internal sealed record Weight(Parameter Parameter, Constant Constant);

/// <summary>Where the weights of a linear layer come from. Its weight is the second input of its node.</summary>
/// <param name="Weight">The weight.</param>
/// <param name="Bias">The bias; null when there is none.</param>
/// <param name="BiasNode">The node that adds the bias: the same, or an Add behind it.</param>
/// <param name="BiasSlot">Which input of that node the bias is.</param>
internal sealed record LinearOrigin(Weight Weight, Weight? Bias, GraphNode BiasNode, int BiasSlot);

/// <summary>A multiplication by constants that was read as a scale, and so has no label to be found by.</summary>
/// <param name="Node">The Mul.</param>
/// <param name="Gain">The scale.</param>
/// <param name="Constant">Its numbers.</param>
/// <param name="Slot">Which input they are.</param>
internal sealed record ScaleOrigin(GraphNode Node, Gain Gain, Constant Constant, int Slot);
