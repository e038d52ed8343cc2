using System.Reflection;

namespace Canon.Tests.Facade;

/// <summary>A C# user never meets an F# type.</summary>
public sealed class NoLeakTests
{
    [Fact]
    public void No_signature_names_a_type_of_FSharp_or_of_the_core()
    {
        var named =
            from type in ApiSurface.Types(typeof(Network).Assembly).Concat(ApiSurface.Types(typeof(RuleVerifier).Assembly))
            from pair in ApiSurface.Members(type)
                .SelectMany(member => ApiSurface.SignatureTypes(member).Select(t => (Where: $"{type}.{member}", Type: t)))
                .Concat(Bases(type).SelectMany(ApiSurface.Inside).Select(t => (Where: $"{type}", Type: t)))
            where IsForeign(pair.Type)
            select $"{pair.Where}: {pair.Type}";

        Assert.Empty(named);
    }

    [Fact]
    public void The_search_finds_a_leak_where_there_is_one()
    {
        MethodInfo leaking = typeof(Leak).GetMethod(nameof(Leak.Method))!;

        Assert.Equal(2, ApiSurface.SignatureTypes(leaking).Count(IsForeign));
    }

    private static IEnumerable<Type> Bases(Type type) =>
        type.BaseType is null ? type.GetInterfaces() : type.GetInterfaces().Prepend(type.BaseType);

    private static bool IsForeign(Type type) =>
        (type.Namespace ?? "").StartsWith("Microsoft.FSharp", StringComparison.Ordinal)
        || (type.Namespace ?? "").StartsWith("Canon.Algebra", StringComparison.Ordinal)
        || (type.Namespace ?? "").StartsWith("Canon.Verification", StringComparison.Ordinal);

    private static class Leak
    {
        public static IReadOnlyList<Microsoft.FSharp.Core.FSharpOption<int>[]>? Method(
            Func<Microsoft.FSharp.Collections.FSharpList<int>>? list) => list is null ? [] : null;
    }
}
