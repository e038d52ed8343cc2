using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Canon.Tests.Engine;

/// <summary>
/// ONNX Runtime, in one process of Node for all tests: <c>node/run.js</c> says what is asked and answered. The engine is
/// installed at the first test that needs it, the process is started at the first question.
/// </summary>
public sealed class OnnxRuntime : IDisposable
{
    private static readonly string _folder = Repository.File("tests/Engine/node");
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);
    private static readonly Lazy<string?> _problem = new(() =>
        NodePackages.Find("node") ?? NodePackages.Find("npm") ?? NodePackages.Install(_folder));

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Queue<string> _complaints = [];
    private Process? _node;

    /// <summary>Why tests of the engine are skipped; null where they run, and in continuous integration, where they must.</summary>
    public static string? SkipReason =>
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase) ? null : _problem.Value;

    /// <summary>Compares models with the one that they were made of, on the same inputs.</summary>
    /// <param name="original">The file of the original.</param>
    /// <param name="rewritten">The files to compare with it.</param>
    /// <param name="inputs">What the inputs are filled with.</param>
    /// <param name="seeds">Where the random numbers start, once for each run.</param>
    /// <param name="optimise">Whether the engine may optimise the graphs, and so compute in another order.</param>
    /// <returns>What the engine says.</returns>
    /// <exception cref="InvalidOperationException">The engine is missing, ended, or does not answer.</exception>
    public EngineAnswer Compare(
        string original, IReadOnlyList<string> rewritten, EngineInputs inputs, IReadOnlyList<int> seeds, bool optimise)
    {
        if (_problem.Value is { } problem)
            throw new InvalidOperationException($"the engine is missing, and CI is true: {problem}");

        _node ??= Start();
        try
        {
            _node.StandardInput.WriteLine(JsonSerializer.Serialize(
                new { original, rewritten, seeds, optimise, inputs.Dims, inputs.Free, inputs.Values, inputs.UpTo }, _json));
            _node.StandardInput.Flush();
            string line = _node.StandardOutput.ReadLineAsync().WaitAsync(_limit).GetAwaiter().GetResult()
                ?? throw new IOException("the engine ended without an answer");
            return JsonSerializer.Deserialize<EngineAnswer>(line, _json)!;
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or JsonException)
        {
            string complaints;
            lock (_complaints)
                complaints = string.Join('\n', _complaints);
            Dispose();
            throw new InvalidOperationException($"{original}: {failure.Message}\n{complaints}", failure);
        }
    }

    /// <summary>Ends the process, if there is one.</summary>
    public void Dispose()
    {
        _node?.Kill();
        _node?.Dispose();
        _node = null;
    }

    private Process Start()
    {
        Process node = Process.Start(new ProcessStartInfo("node", ["run.js"])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        node.ErrorDataReceived += (_, line) =>
        {
            lock (_complaints)
            {
                _complaints.Enqueue(line.Data ?? "");
                if (_complaints.Count > 20)
                    _complaints.Dequeue();
            }
        };
        node.BeginErrorReadLine();
        return node;
    }
}
