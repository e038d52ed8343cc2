namespace Canon.Tests.Engine;

/// <summary>A test that needs the engine. Skipped, and listed as such, where it cannot be installed; never when CI is true.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EngineFactAttribute : FactAttribute
{
    /// <summary>Looks for the engine.</summary>
    public EngineFactAttribute() => Skip = OnnxRuntime.SkipReason;
}

/// <summary>A test of several cases that needs the engine.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EngineTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the engine.</summary>
    public EngineTheoryAttribute() => Skip = OnnxRuntime.SkipReason;
}

/// <summary>The tests that share one engine, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class EngineCollection : ICollectionFixture<OnnxRuntime>
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "engine";
}
