using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Canon.Onnx;

namespace Canon.Cli;

/// <summary>Checkpoints that are read and written, in one file or in several.</summary>
internal static class CheckpointFiles
{
    /// <summary>Refuses a checkpoint where a model is needed: it holds no network.</summary>
    public static void RequireModel(string path)
    {
        bool isIndex = SafetensorsCheckpointDraft.IsIndex(path);
        if (!isIndex && !path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            return;
        throw new UsageException(
            $"{path}: a checkpoint has weights and no network; write that in arrow notation to net.txt, its parameters named as the tensors, and run"
            + $" canon rebalance {path} --architecture net.txt --gauge canonical -o OUT.safetensors{(isIndex ? ".index.json" : "")}");
    }

    /// <summary>The files that a checkpoint is read from.</summary>
    public static IEnumerable<string> Of(SafetensorsCheckpoint? checkpoint) =>
        checkpoint is null ? [] : checkpoint.Files.Select(file => file.Path).Append(checkpoint.Path).Distinct();

    /// <summary>Refuses what can be seen to fail before it is tried; answers the files that are to be written.</summary>
    public static IReadOnlyList<string> RequireWritable(SafetensorsCheckpoint input, string target, bool force)
    {
        if (target.Length == 0)
            throw new UsageException("the name of a file to write is empty; name a file");
        IReadOnlyList<string> files = SafetensorsCheckpointDraft.FilesOf(target, input);

        // Of what an earlier run has left, files may be in their places; whether they are its own is looked at later.
        bool isResumed = input.IsSharded && SafetensorsCheckpointDraft.Unfinished(target) is not null;
        foreach (string file in files)
        {
            if (input.IsSharded && Of(input).Any(taken => Targets.AreSame(taken, file)))
                throw new UsageException($"{file}: this is a file of the input, which is needed until all are written; name another one");
            Targets.RequireWritable(input.Path, file, force || isResumed);
        }

        return files;
    }

    /// <summary>A tensor that is to be made of a gauge, computed when it is written and let go afterwards.</summary>
    public static SafetensorsEntry Entry(string name, string type, IReadOnlyList<long> shape, Func<StoredWeight> numbers)
    {
        StoredWeight? weight = null;
        return new(name, type, shape, (offset, block) =>
        {
            weight ??= numbers();
            weight.Read(offset, block);
            if (offset + block.Length == weight.ByteLength)
                weight = null;
        });
    }

    /// <summary>All that the bytes of rescaled tensors depend on besides the files that they are read from.</summary>
    public static string Basis(string choices, Architecture architecture, Gauge gauge)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in gauge.Names)
        {
            TensorGauge tensor = gauge.Tensor(name);
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{tensor.RowFactors.Count}\n{tensor.ColumnFactors?.Count}\n"));
            hash.AppendData(MemoryMarshal.AsBytes<double>([.. tensor.RowFactors, .. tensor.ColumnFactors ?? []]));
        }

        return $"{choices}\nfactors {Convert.ToHexString(hash.GetHashAndReset())}\n{architecture.Text}";
    }

    /// <summary>Writes checkpoints; says of those in several files whether there is something to go on with when it is interrupted.</summary>
    public static IReadOnlyList<SavedCheckpoint> Save(
        IReadOnlyList<SafetensorsCheckpointDraft> drafts, bool force, IProgress<double>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return SafetensorsCheckpointDraft.Save(drafts, force, progress, cancellation);
        }
        catch (OperationCanceledException) when (drafts.Select(draft => SafetensorsCheckpointDraft.Unfinished(draft.Path)).OfType<string>().Any())
        {
            throw new InterruptedException("interrupted; finished files are kept, and the same command goes on with the rest");
        }
    }
}
