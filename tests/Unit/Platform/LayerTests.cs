using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>The built assemblies keep to the closed list of who may reference whom, and the safe ones are safe.</summary>
public sealed class LayerTests
{
    // ARCHITECTURE.md, "Who may reference whom"; restated, so that a change of the build's list alone is seen.
    private static readonly Dictionary<string, string[]> s_mayReference = new()
    {
        ["Machine"] = [],
        ["Decoder"] = ["Machine"],
        ["Devices"] = ["Machine"],
        ["Domains"] = ["Machine", "Decoder", "Devices"],
        ["Management"] = ["Machine", "Domains"],
        ["Platform"] = ["Machine"],
        ["Vmx"] = ["Machine", "Decoder", "Platform"],
        ["Paravirt"] = ["Machine", "Decoder", "Platform"],
    };

    private static readonly string[] s_unsafe = ["Platform", "Vmx", "Paravirt"];

    public static TheoryData<string> Projects() => [.. s_mayReference.Keys.Where(name => File.Exists(FileOf(name)))];

    [Fact]
    public void TheAssembliesAreHere() => Assert.True(Projects().Count >= 7);

    [Theory]
    [MemberData(nameof(Projects))]
    public void AProjectReferencesOnlyItsLayers(string project)
    {
        using PEReader image = new(File.OpenRead(FileOf(project)));
        MetadataReader metadata = image.GetMetadataReader();
        foreach (AssemblyReferenceHandle handle in metadata.AssemblyReferences)
        {
            string name = metadata.GetString(metadata.GetAssemblyReference(handle).Name);
            bool allowed = name.StartsWith("System.", StringComparison.Ordinal) || s_mayReference[project].Any(other => name == "Multicosm." + other);
            Assert.True(allowed, $"{project} references {name}");
        }
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void OnlyTheBackendsAreUnsafe(string project)
    {
        using PEReader image = new(File.OpenRead(FileOf(project)));
        MetadataReader metadata = image.GetMetadataReader();
        bool isUnsafe = metadata.GetCustomAttributes(EntityHandle.ModuleDefinition).Any(handle => NameOf(metadata, handle) == "UnverifiableCodeAttribute");
        Assert.Equal(s_unsafe.Contains(project), isUnsafe);
    }

    private static string NameOf(MetadataReader metadata, CustomAttributeHandle handle)
    {
        CustomAttribute attribute = metadata.GetCustomAttribute(handle);
        return attribute.Constructor.Kind == HandleKind.MemberReference
            && metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is { Kind: HandleKind.TypeReference } parent
            ? metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)parent).Name)
            : "";
    }

    private static string FileOf(string project) => Path.Combine(AppContext.BaseDirectory, $"Multicosm.{project}.dll");
}
