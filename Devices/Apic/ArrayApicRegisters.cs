using System;
using Multicosm.Machine;

namespace Multicosm.Devices.Apic;

/// <summary>The register page of a local APIC in ordinary memory.</summary>
public sealed class ArrayApicRegisters : ApicRegisters
{
    private readonly uint[] _values = new uint[0x100];

    /// <inheritdoc/>
    public override uint Read(int offset) => _values[(offset >> 4) & 0xFF];

    /// <inheritdoc/>
    public override void Write(int offset, uint value) => _values[(offset >> 4) & 0xFF] = value;

    /// <inheritdoc/>
    public override void Clear() => Array.Clear(_values);
}
