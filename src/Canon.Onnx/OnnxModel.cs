using Canon.Onnx.Files;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;
using Canon.Onnx.Writing;

namespace Canon.Onnx;

/// <summary>
/// An ONNX model as a network. Its weights stay in the file, which must not change while the model is
/// open; the network and everything made from it can be used until then.
/// </summary>
/// <example><code>
/// using var model = OnnxModel.Open("model.onnx");
/// var form = model.Network.Canonicalize(model.Options);
/// model.Save("canonical.onnx", form.Network);
/// </code></example>
public sealed class OnnxModel : IDisposable
{
    private readonly ModelFile _file;
    private readonly Translation _translation;
    private SimplifyOptions? _simplifyOptions;

    private OnnxModel(ModelFile file, bool splitShared)
    {
        _file = file;
        _translation = new Translation(file, splitShared);
        Inputs = [.. _translation.Graph.Inputs.Select(input => input.Name)];
        Outputs = [.. _translation.Graph.Proto.Output.Select(output => output.Name)];
        Metadata = file.Model.MetadataProps.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);
    }

    /// <summary>The path that the model was opened by.</summary>
    public string Path => _file.Path;

    /// <summary>The files beside the model that hold weights of it.</summary>
    public IReadOnlyList<string> DataFiles => _file.DataFiles;

    /// <summary>
    /// The graph as a term. A layer's label is the name of its node, or of its first output where the node has no name of
    /// its own; a parameter's name is that of its tensor. Operators that the calculus does not know are opaque. An initializer that is an
    /// input as well is taken for the constant that it holds.
    /// </summary>
    public Network Network => _translation.Network;

    /// <summary>
    /// The shapes of the inputs, for <see cref="Network.Canonicalize"/>; sizes that the file leaves open are the smallest that all layers
    /// can take.
    /// </summary>
    public CanonicalizeOptions Options => _translation.Options;

    /// <summary>
    /// The shapes of the inputs for <see cref="Network.Simplify"/>, and the layers whose number of channels the file says elsewhere as
    /// well, as in the target of a Reshape: they keep it.
    /// </summary>
    public SimplifyOptions SimplifyOptions => _simplifyOptions ??= new SimplifyOptions
    {
        Input = Options.Input,
        NamedInputs = Options.NamedInputs,
        Fixed = FixedSizes.Of(_translation),
    };

    /// <summary>The names of the inputs in the order of the graph. One flows in; several are read by name.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>The names of the outputs in the order of the graph. Several are a tuple.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>What the file says of itself beside the graph, such as names of classes; of entries of one key the first.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The file that <see cref="Save"/> puts the numbers into where they are not to be in the model itself.</summary>
    /// <param name="path">The model.</param>
    /// <returns>Its path.</returns>
    public static string DataFileOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return DataLayout.FileOf(path);
    }

    /// <summary>Opens a model. Nothing of the size of its weights is read or copied.</summary>
    /// <param name="path">The file.</param>
    /// <param name="splitShared">
    /// Whether layers that share a weight get one each. Otherwise it is tied: it stays as it is, and scales stop in front of it.
    /// </param>
    /// <returns>The model.</returns>
    /// <exception cref="ModelFileException">The file cannot be read, or is no sound ONNX model.</exception>
    public static OnnxModel Open(string path, bool splitShared = false)
    {
        ModelFile file = ModelFile.Open(path);
        try
        {
            return new OnnxModel(file, splitShared);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The canonical form as far as the model's own nodes have room for it: scales fold back into the layer in front of them, and layers
    /// whose scale would need a node of its own keep it. Where a factor that belongs to no layer would need one, the network stays as it is.
    /// </summary>
    /// <param name="options">What is known beforehand; null for <see cref="Options"/>.</param>
    /// <returns>The form, and what to write.</returns>
    /// <exception cref="NetworkException">Sizes do not fit, a weight is not finite, or a number is too large for its type.</exception>
    public KeptForm CanonicalizeInPlace(CanonicalizeOptions? options = null)
    {
        options ??= Options;
        HashSet<string> frozen = [.. options.FrozenLayers];
        while (true)
        {
            CanonicalForm form = Network.Canonicalize(options with { KeepArchitecture = true, FrozenLayers = frozen });
            Network network = form.Reconstitute(Representative.Canonical);
            var added = ModelWriter.Added(_translation, network, form.Numbers);
            if (added.Count == 0)
                return new KeptForm(form, network, []);
            int before = frozen.Count;
            frozen.UnionWith(added.SelectMany(node => node.Layers));
            if (frozen.Count == before)
                return new KeptForm(form, Network, [.. added.Select(node => node.Node.Name)]);
        }
    }

    /// <summary>
    /// Writes a network that rewriting made from <see cref="Network"/>. Layers that did not change keep their nodes and their
    /// bytes; names, attributes, metadata, inputs and outputs of the model stay. The file appears complete or not at all; where
    /// the numbers are put into a second one, <see cref="DataFileOf"/>, both do.
    /// </summary>
    /// <param name="path">The file to write; may be the open one where the system lets an open file be replaced.</param>
    /// <param name="network">The network: a canonical form, a reconstitution, or <see cref="Network"/> itself.</param>
    /// <param name="overwrite">Whether existing files may be replaced.</param>
    /// <param name="externalData">Whether the numbers are put into a second file.</param>
    /// <param name="progress">Told the fraction that is written.</param>
    /// <param name="cancellation">Stops the writing; nothing is left behind.</param>
    /// <param name="flush">
    /// Whether to wait until the disk has the file. Otherwise the system brings it there in its own time, and the name may stand on an
    /// empty file if the machine stops before that.
    /// </param>
    /// <param name="numbers">
    /// What is known of the network's numbers already, as <see cref="CanonicalForm.Numbers"/>: weights are not read again for it. Null for
    /// nothing.
    /// </param>
    /// <exception cref="ArgumentException">The network was not made from this model.</exception>
    /// <exception cref="ModelFileException">
    /// A file exists or cannot be written, a weight is not finite, or a number is too large for its type.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Save(
        string path,
        Network network,
        bool overwrite = false,
        ExternalData externalData = ExternalData.AsRead,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default,
        bool flush = true,
        NetworkNumbers? numbers = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(network);
        cancellation.ThrowIfCancellationRequested();
        TargetFile.Refuse(path, overwrite);
        if (externalData == ExternalData.Beside)
            TargetFile.Refuse(DataFileOf(path), overwrite);
        try
        {
            (ModelProto model, IReadOnlyList<TensorReplacement> streamed) = ModelWriter.Make(_translation, network, numbers ?? new());
            var options = new WriteOptions(overwrite, externalData, Flush: flush);
            _file.Write(path, model, streamed, options, Fraction.Of(progress), cancellation);
        }
        catch (NetworkException failure)
        {
            throw new ModelFileException($"{path}: cannot write: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Whether an operator of this model that the calculus does not know and one of another model are one function: nodes of one kind
    /// and domain with the same attributes and the same constants.
    /// </summary>
    /// <param name="own">The term of this model.</param>
    /// <param name="other">The other model.</param>
    /// <param name="term">Its term.</param>
    /// <returns>False where they differ, or where nothing is known of one of them.</returns>
    public bool HasSameOperator(OpaqueTerm own, OnnxModel other, OpaqueTerm term)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(term);
        return own.Output == term.Output
            && _translation.Origins.GetValueOrDefault(own.Label) is NodeOrigin mine
            && other._translation.Origins.GetValueOrDefault(term.Label) is NodeOrigin theirs
            && mine.Node.IsSame(_translation.Graph, theirs.Node, other._translation.Graph);
    }

    /// <summary>Closes the file. The network's weights can then no longer be read.</summary>
    public void Dispose() => _file.Dispose();
}

/// <summary>A canonical form that needs no nodes but those of its model.</summary>
/// <param name="Form">The form, with its scales still explicit.</param>
/// <param name="Network">The network to write: all scales in layers. The model's own where that cannot be.</param>
/// <param name="InTheWay">The nodes that would have been needed where it cannot be; none otherwise.</param>
public sealed record KeptForm(CanonicalForm Form, Network Network, IReadOnlyList<string> InTheWay);
