// The compiler knows this attribute by name only, and CoreLib keeps its own copy internal.
#pragma warning disable IDE0130 // the namespace is the compiler's choice, not ours
namespace System.Runtime;
#pragma warning restore IDE0130

[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuntimeImportAttribute(string library, string entry) : Attribute
{
    public string Library { get; } = library;

    public string Entry { get; } = entry;
}
