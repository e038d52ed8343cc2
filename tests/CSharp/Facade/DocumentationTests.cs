using System.Reflection;
using System.Xml.Linq;

namespace Canon.Tests.Facade;

/// <summary>Every public member has a doc comment in the file that ships beside the assembly.</summary>
public sealed class DocumentationTests
{
    [Theory]
    [InlineData("Canon.CSharp")]
    [InlineData("Canon.Verification.CSharp")]
    [InlineData("Canon.Onnx")]
    public void Every_public_member_is_documented(string assemblyName)
    {
        Assembly assembly = Assembly.Load(assemblyName);
        var documented = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"))
            .Descendants("member")
            .Where(member => member.Elements().Any(e => e.Name == "inheritdoc" || (e.Name == "summary" && e.Value.Trim() != "")))
            .Select(member => (string)member.Attribute("name")!)
            .ToHashSet();

        var missing = ApiSurface.Types(assembly)
            .SelectMany(type => ApiSurface.Members(type).Where(m => !ApiSurface.IsSynthesized(m)).Select(Id).Prepend(Id(type)))
            .Where(id => !documented.Contains(id));

        Assert.Empty(missing);
    }

    private static string Id(MemberInfo member) => member switch
    {
        Type type => "T:" + Name(type),
        FieldInfo field => $"F:{Name(field.DeclaringType!)}.{field.Name}",
        EventInfo @event => $"E:{Name(@event.DeclaringType!)}.{@event.Name}",
        PropertyInfo property => $"P:{Name(property.DeclaringType!)}.{property.Name}{Parameters(property.GetIndexParameters())}",
        MethodBase method => $"M:{Name(method.DeclaringType!)}.{method.Name.Replace('.', '#')}"
            + (method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "") + Parameters(method.GetParameters()),
        _ => throw new ArgumentException($"{member} has no documentation"),
    };

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(p => Name(p.ParameterType)))})";

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!) + "@";
        if (type.IsArray)
        {
            string dimensions = type.GetArrayRank() == 1 ? "" : string.Join(',', Enumerable.Repeat("0:", type.GetArrayRank()));
            return $"{Name(type.GetElementType()!)}[{dimensions}]";
        }

        if (type.IsGenericParameter)
            return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        string plain = (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');
        return type.IsConstructedGenericType
            ? $"{plain[..plain.IndexOf('`')]}{{{string.Join(',', type.GetGenericArguments().Select(Name))}}}"
            : plain;
    }
}
