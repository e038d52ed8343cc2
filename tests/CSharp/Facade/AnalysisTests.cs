namespace Canon.Tests.Facade;

public sealed class AnalysisTests
{
    private static readonly Parameter W1 = Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } });
    private static readonly Parameter W2 = Parameter.Matrix("W2", new double[,] { { 1, -1 } });
    private static readonly Network Small = Network.Linear(W1).Then(Network.Relu, Network.Linear(W2));

    [Fact]
    public void The_figures_of_two_small_layers()
    {
        ModelAnalysis analysis = Small.Analyze();

        Assert.Equal(Math.Sqrt(29), analysis.GlobalGain.Value, 12);
        Assert.Equal(Math.Log2(29) / 2, analysis.GlobalGain.Log2, 12);
        Assert.Equal(Math.Sqrt(29), analysis.PathNorm2.Value, 12);
        Assert.Equal(9, analysis.PathNorm1.Value, 12);
        Assert.Equal(9, analysis.LargestOutputPathNorm1.Value, 12);
        Assert.Equal(Math.Sqrt(29 + Math.Sqrt(697)), analysis.LipschitzBound.Value, 9);
        Assert.InRange(analysis.LipschitzSampled.Value, 2, analysis.LipschitzBound.Value);
        Assert.Equal(["W1", "W2"], analysis.SpectralNorms.Select(norm => norm.Name));
        Assert.Equal(["W1", "W2"], analysis.Layers.Select(layer => layer.Name));
        Assert.Equal([8.0], analysis.Ranges.Take(1).Select(range => range.Largest * 2));
        Assert.Equal([1.0], analysis.GainDirection);
        Assert.True(analysis.GlobalGain.Exists);
        Assert.Empty(analysis.Units.Layers);
        Assert.Equal("unit_row_linear(V1) -> relu -> unit_row_linear(V2) -> scale(g2)", analysis.Derivation.Result.ToString());
    }

    [Fact]
    public void What_does_not_exist_says_why()
    {
        ModelAnalysis analysis = Network.Linear(W1).Then(Network.Square).Analyze();

        Assert.False(analysis.LipschitzBound.Exists);
        Assert.Equal("square: its slope has no bound", analysis.LipschitzBound.Missing);
        Assert.Equal(double.NaN, analysis.LipschitzBound.Value);
        Assert.True(analysis.SpectralNorms[0].Norm.Exists);
    }

    [Fact]
    public void What_is_left_out_says_so()
    {
        ModelAnalysis analysis = Small.Analyze(new() { SpectralNorms = false, Points = 0 });

        Assert.Equal("spectral norms: they were not asked for", analysis.LipschitzBound.Missing);
        Assert.Equal("difference quotients: they were not asked for", analysis.LipschitzSampled.Missing);
        Assert.Empty(analysis.SpectralNorms);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AnalyzeOptions { Points = -1 });
    }

    [Fact]
    public void A_symbol_has_no_figures() =>
        Assert.Throws<NetworkException>(() => Network.Linear(Parameter.Symbol("W", 2, 2)).Analyze());

    [Fact]
    public void It_can_be_cancelled() =>
        Assert.Throws<OperationCanceledException>(() => Small.Analyze(cancellation: new(canceled: true)));

    [Fact]
    public void Several_are_compared()
    {
        IReadOnlyList<Waypoint> course = ModelAnalysis.Compare(Small.Analyze(), Network.Linear(W2).Analyze());

        Assert.Equal([null, 1.0], course.Select(point => point.CosineToPrevious));
        Assert.Equal(Math.Log2(29) / 2, course[0].GlobalGainLog2!.Value, 12);
        Assert.Equal(0.5, course[1].GlobalGainLog2!.Value, 12);
        Assert.InRange(course[0].Interference!.Median, 0, 1);
    }
}
