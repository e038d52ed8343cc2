using Canon.Onnx.Files;
using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>
/// The parameters of a model: one for each way in which a tensor is read. A parameter bears its tensor's name; further
/// ways to read the same tensor get a prime.
/// </summary>
internal sealed class Parameters
{
    private readonly record struct Way(string Tensor, int Rows, int Columns, bool Transposed, double Factor);

    private readonly Dictionary<Way, Weight> _weights = [];
    private readonly HashSet<string> _names = [];

    /// <summary>factor · the tensor, or its transpose, as a matrix.</summary>
    public Weight Matrix(Constant constant, int rows, int columns, bool transposed, double factor) =>
        Get(constant, new Way(constant.Name, rows, columns, transposed, factor), name => Parameter.Matrix(
            name, rows, columns, new TensorStorage(constant, constant.Data.ElementCount), transposed, factor));

    /// <summary>factor · the tensor as a vector; a single number counts for every entry.</summary>
    public Weight Vector(Constant constant, int length, double factor) =>
        Get(constant, new Way(constant.Name, length, 1, false, factor), name => Parameter.Vector(
            name, new TensorStorage(constant, length), factor));

    private Weight Get(Constant constant, Way way, Func<string, Parameter> make)
    {
        if (_weights.TryGetValue(way, out Weight? known))
            return known;
        string name = constant.Name;
        while (!_names.Add(name))
            name += "'";
        return _weights[way] = new Weight(make(name), constant);
    }

    /// <summary>The numbers of a tensor where they lie; a single number may stand for many.</summary>
    private sealed class TensorStorage(Constant constant, long length) : Storage(constant.ElementType!.Value, length)
    {
        private readonly TensorData _data = constant.Data;
        private readonly int _size = (int)(constant.Data.ByteLength / constant.Data.ElementCount);

        public override ReadOnlySpan<byte> Read(long offset, int count)
        {
            if (_data.ElementCount == Length)
                return _data.Read(offset * _size, count * _size);
            byte[] repeated = new byte[count * _size];
            for (int i = 0; i < count; i++)
                _data.Read(0, _size).CopyTo(repeated.AsSpan(i * _size));
            return repeated;
        }
    }
}
