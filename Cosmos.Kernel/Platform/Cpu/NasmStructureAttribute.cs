using System;

namespace Multicosm.Platform.Cpu;

/// <summary>Marks a struct whose field offsets assembly code uses: the build writes them to offsets.inc as <c>Type.Field</c>, and its size as <c>Type.Size</c>.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class NasmStructureAttribute : Attribute
{
}
