using System.Reflection;
using System.Runtime.CompilerServices;

namespace Canon.Tests.Facade;

/// <summary>The public and protected members of an assembly, as a caller in another assembly sees them.</summary>
internal static class ApiSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<Type> Types(Assembly assembly) =>
        assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal);

    /// <summary>Members of a type that can be called, overridden or read from outside; accessors only through what they belong to.</summary>
    public static IEnumerable<MemberInfo> Members(Type type) => type.GetMembers(Declared).Where(member => member switch
    {
        Type => false,
        _ when IsDelegate(type) => member.Name == "Invoke",
        MethodInfo { IsSpecialName: true } method => IsVisible(method) && method.Name.StartsWith("op_", StringComparison.Ordinal),
        MethodBase method => IsVisible(method) && !method.Name.Contains('<', StringComparison.Ordinal),
        FieldInfo field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(true).Any(IsVisible),
        EventInfo => true,
        _ => false,
    });

    /// <summary>Whether the compiler wrote the member, as it does for records and delegates.</summary>
    public static bool IsSynthesized(MemberInfo member) =>
        member.IsDefined(typeof(CompilerGeneratedAttribute))
        || IsDelegate(member.DeclaringType!)
        || (IsRecord(member.DeclaringType!) && member switch
        {
            ConstructorInfo => true,
            MethodInfo method => method.Name is "Deconstruct" or "PrintMembers",
            PropertyInfo property => property.GetMethod!.IsDefined(typeof(CompilerGeneratedAttribute)) || property.Name == "EqualityContract",
            _ => false,
        });

    public static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null;

    /// <summary>Every type that the signature of a member names, generic arguments and constraints included.</summary>
    public static IEnumerable<Type> SignatureTypes(MemberInfo member) => member switch
    {
        MethodInfo method => [
            .. Inside(method.ReturnType),
            .. method.GetParameters().SelectMany(p => Inside(p.ParameterType)),
            .. method.GetGenericArguments().SelectMany(Inside)],
        ConstructorInfo constructor => constructor.GetParameters().SelectMany(p => Inside(p.ParameterType)),
        FieldInfo field => Inside(field.FieldType),
        PropertyInfo property => [
            .. Inside(property.PropertyType), .. property.GetIndexParameters().SelectMany(p => Inside(p.ParameterType))],
        EventInfo @event => Inside(@event.EventHandlerType!),
        _ => [],
    };

    public static IEnumerable<Type> Inside(Type type)
    {
        if (type.HasElementType)
            return Inside(type.GetElementType()!);
        if (type.IsGenericParameter)
            return type.GetGenericParameterConstraints().SelectMany(Inside);
        return type.IsGenericType
            ? type.GetGenericArguments().SelectMany(Inside).Prepend(type.GetGenericTypeDefinition())
            : [type];
    }

    private static bool IsDelegate(Type type) => typeof(Delegate).IsAssignableFrom(type);

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;
}
