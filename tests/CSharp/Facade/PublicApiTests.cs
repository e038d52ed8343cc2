using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Canon.Tests.Facade;

/// <summary>
/// The public surface, written down, so that every change of it is seen. After a change that is meant:
/// <c>CANON_UPDATE_BASELINES=1 dotnet test --filter PublicApi</c>, and commit the file.
/// </summary>
public sealed class PublicApiTests
{
    private const string Update = "CANON_UPDATE_BASELINES";

    [Fact]
    public void The_public_surface_is_the_one_written_down()
    {
        string baseline = Repository.File("tests/CSharp/Facade/PublicApi.txt");
        string surface = string.Join("\n", Surface("Canon.CSharp"), Surface("Canon.Verification.CSharp"), Surface("Canon.Onnx"));
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(baseline, surface);

        string[] expected = File.ReadAllLines(baseline), actual = surface.Split('\n')[..^1];
        var changes = expected.Except(actual).Select(line => "- " + line).Concat(actual.Except(expected).Select(line => "+ " + line));

        Assert.True(
            expected.SequenceEqual(actual),
            $"the public surface changed; if it is meant, run the test with {Update}=1\n{string.Join('\n', changes)}");
    }

    private static string Surface(string assemblyName)
    {
        var text = new StringBuilder($"assembly {assemblyName}\n");
        foreach (Type type in ApiSurface.Types(Assembly.Load(assemblyName)))
        {
            text.Append('\n').Append(Heading(type)).Append('\n');
            foreach (string line in Lines(type))
                text.Append("    ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Lines(Type type) => type.IsEnum
        ? Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name))}")
        : ApiSurface.Members(type).Select(Line).Order(StringComparer.Ordinal);

    private static string Heading(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface" : "class";
        string modifier = type.IsEnum || type.IsValueType ? "" : type is { IsAbstract: true, IsSealed: true } ? "static "
            : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        string bases = type.IsEnum ? "" : string.Join(", ", type.GetInterfaces().Select(Name).Order(StringComparer.Ordinal)
            .Prepend(type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? Name(b) : "").Where(n => n != ""));
        return $"{modifier}{kind} {type.FullName}{(bases == "" ? "" : " : " + bases)}";
    }

    private static string Line(MemberInfo member) => member switch
    {
        FieldInfo field => $"{Modifiers(field.IsStatic, field.IsFamily)}{Name(field.FieldType)} {field.Name}",
        PropertyInfo property => Modifiers(property.GetMethod!.IsStatic, property.GetMethod.IsFamily)
            + $"{Name(property.PropertyType)}{Nullable(property)} {property.Name} {{ get;{Setter(property)} }}",
        ConstructorInfo constructor => $"{Modifiers(false, constructor.IsFamily)}new({Parameters(constructor)})",
        MethodInfo method => Modifiers(method.IsStatic, method.IsFamily) + (method.IsAbstract ? "abstract " : "")
            + $"{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method)})",
        _ => member.ToString()!,
    };

    private static string Modifiers(bool isStatic, bool isProtected) => (isProtected ? "protected " : "") + (isStatic ? "static " : "");

    private static string Setter(PropertyInfo property) =>
        property.SetMethod is not { IsPublic: true } setter ? ""
        : setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        (parameter.IsOut ? "out " : "") + Name(parameter.ParameterType) + Nullable(parameter) + " " + parameter.Name
        + (!parameter.HasDefaultValue ? "" : parameter.DefaultValue is null ? " = default" : $" = {JsonSerializer.Serialize(parameter.DefaultValue)}")));

    private static string Nullable(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable ? "?" : "";

    private static string Nullable(PropertyInfo property) =>
        !property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable ? "?" : "";

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (System.Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        return type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : type.Name;
    }
}
