using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Canon.Tests.Facade;

/// <summary>Null where a value is needed is an ArgumentNullException that names the parameter, at every public entry.</summary>
public sealed class NullTests
{
    private static readonly Parameter W = Parameter.Matrix("W", new double[,] { { 3, 4 } });

    private static readonly CanonicalForm Form = Network.Linear(W).Canonicalize();

    private static readonly Samples Few = Canon.Samples.OfClasses(new SignalShape(2), [1, 2], [0]);

    private static readonly PcrPlan Plan = Network.Linear(W).PlanPcr();

    /// <summary>A value of every type that a public method takes or belongs to.</summary>
    private static readonly object[] Samples =
    [
        W, Form, Form.Derivation, Form.Network, Network.Linear(W).Rebalance(), Network.Linear(W).Rebalance().Gauge, Network.Linear(W).Fingerprint(), RebalanceOptions.Default, EqualityOptions.Default, Gain.One, Strategy.Canonicalizing, Rule.Catalog[0], RuleOutcome.NoMatch, "name",
        new NetworkNumbers(), new Numbers(), CanonicalizeOptions.Default, new double[] { 1 }, new double[,] { { 1 } },
        Network.Linear(W).Content<LinearLayer>(), new NetworkNumbers().StoredWeight(Network.Linear(W).Content<LinearLayer>()),
        Network.Relu.Content<Activation>(), new Network[] { Network.Relu },
        new[] { Rule.Catalog[0] }, new Func<IReadOnlyList<Network>, RuleOutcome>(_ => RuleOutcome.NoMatch),
        new Dictionary<string, SignalShape>(), new Dictionary<string, Parameter>(), Pattern.Term, new Func<Network, bool>(_ => true),
        new Func<Network, RuleOutcome>(_ => RuleOutcome.NoMatch), new Func<Network, Network, RuleOutcome>((_, _) => RuleOutcome.NoMatch),
        new Func<Network, Network, Network, RuleOutcome>((_, _, _) => RuleOutcome.NoMatch), new Gain[] { Gain.One },
        new[] { "relu" }, RuleDocument.Catalog, Kernel.Dense, new Window([2]), new int?[] { 1 }, new[] { 0 }, new[] { new[] { 0 } },
        Few, new Trainer(Network.Linear(W), Few), new TrainingState(0, Network.Linear(W).Tensors(), new OptimizerState(Optimizer.Adam())),
        new[] { new double[] { 1 } }, TrainerOptions.Default, Dataset.Generated[0], Method.All[0], LaboratoryOptions.Default, new MethodSetting(Method.All[0], 0.1, null),
        Plan, Plan.Decide(0.1), Optimizer.Adam(), new OptimizerState(Optimizer.Adam()), new Dictionary<string, double[]>(), PcrOptions.Default,
        Network.Linear(W).Analyze(), AnalyzeOptions.Default, SimplifyOptions.Default, new[] { Network.Linear(W).Analyze() },
        SpatialOperation.Reduce(PoolKind.Max), Rearrangement.Flatten(), new Signal(new SignalShape(1), 1),
    ];

    // Exceptions take any message, and records of results are made by Canon.
    public static TheoryData<string> Places => [.. Calls().Select(call => Describe(call.Method, call.Parameter))];

    [Theory]
    [MemberData(nameof(Places))]
    public void Null_is_refused_by_name(string place)
    {
        var (method, parameter) = Calls().First(call => Describe(call.Method, call.Parameter) == place);
        object?[] arguments = [.. method.GetParameters().Select(p => p == parameter ? null : Sample(p.ParameterType))];
        if (method.Name == nameof(Network.UnitRowLinear) && arguments[0] is not null)
            arguments[0] = Parameter.Symbol("V");

        var failure = Assert.Throws<ArgumentNullException>(() => Call(method, arguments));

        Assert.Equal(parameter.Name, failure.ParamName);
    }

    [Fact]
    public void Null_inside_a_sequence_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => Network.Compose(Network.Relu, null!));
        Assert.Throws<ArgumentNullException>(() => Network.Sum(Network.Relu, null!));
        Assert.Throws<ArgumentNullException>(() => Strategy.Sweep(Rule.Catalog[0], null!));
    }

    [Fact]
    public void The_optional_may_be_null()
    {
        Assert.NotNull(Network.Linear(W, bias: null).Canonicalize(null));
        Assert.Equal(0, Form.Check(rewritten: Form.Original).MaxRelativeError);
        Assert.False(W.Equals(null));
        Assert.False(W == null);
    }

    private static IEnumerable<(MethodBase Method, ParameterInfo Parameter)> Calls()
    {
        var nullability = new NullabilityInfoContext();
        return
            from definition in ApiSurface.Types(typeof(Network).Assembly).Concat(ApiSurface.Types(typeof(RuleVerifier).Assembly))
            let type = definition.IsGenericTypeDefinition ? definition.MakeGenericType(typeof(Network)) : definition
            where !typeof(Exception).IsAssignableFrom(type)
            from member in ApiSurface.Members(type)
            where !ApiSurface.IsSynthesized(member)
            from method in member switch
            {
                MethodBase method => [method],
                PropertyInfo { SetMethod: { } setter } => [setter],
                _ => Array.Empty<MethodBase>(),
            }
            where method.Name != "Equals"
            let closed = method is MethodInfo { IsGenericMethodDefinition: true } open ? Closed(open) : method
            where !closed.GetParameters().Any(p => p.ParameterType.IsByRefLike)
            from pair in closed.GetParameters().Zip(method.GetParameters())
            where !pair.First.ParameterType.IsValueType && !pair.First.IsOut
                && nullability.Create(pair.Second).WriteState == NullabilityState.NotNull
            select (closed, pair.First);
    }

    // Rules are defined over what patterns take, and the samples have patterns of terms.
    private static MethodInfo Closed(MethodInfo open) => open.MakeGenericMethod(
        [.. open.GetGenericArguments().Select(_ => open.Name == nameof(Rule.Define) ? typeof(Network) : typeof(int))]);

    private static string Describe(MethodBase method, ParameterInfo parameter) =>
        $"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.ToString()))}): {parameter.Name}";

    private static void Call(MethodBase method, object?[] arguments)
    {
        try
        {
            if (method is ConstructorInfo constructor && !constructor.DeclaringType!.IsAbstract)
                constructor.Invoke(arguments);
            else
                method.Invoke(method.IsStatic ? null : Sample(method.DeclaringType!), arguments);
        }
        catch (TargetInvocationException wrapped)
        {
            ExceptionDispatchInfo.Throw(wrapped.InnerException!);
        }
    }

    private static object? Sample(Type type)
    {
        if (type.IsByRef)
            return null;
        if (type.IsValueType)
            return type == typeof(int) ? 1 : Activator.CreateInstance(type);
        if (typeof(Delegate).IsAssignableFrom(type) && type.IsGenericType && type.GetGenericArguments()[^1] == typeof(int))
            return Answer(type);
        return Samples.FirstOrDefault(type.IsInstanceOfType);
    }

    private static Delegate Answer(Type function) =>
        ((Func<Delegate>)Constant<object>).Method.GetGenericMethodDefinition()
            .MakeGenericMethod(function.GetGenericArguments()[0])
            .CreateDelegate<Func<Delegate>>()();

    private static Delegate Constant<T>() => (Func<T, int>)(_ => 0);

    private sealed class Numbers() : Storage(ElementType.Float64, 1)
    {
        public override void Read(long offset, Span<byte> destination) => destination.Clear();
    }
}
