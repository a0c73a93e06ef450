using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Platform.Acpi;
using Multicosm.Platform.Boot;

namespace Multicosm.Entry;

/// <summary>What the operator's `info` prints of this PC.</summary>
internal sealed class HostDescription : HostInfo
{
    private readonly AcpiTables _acpi;
    private readonly byte[] _name = new byte[48];
    private readonly int _nameStart;
    private readonly int _nameLength;

    /// <summary>The hypervisor's version.</summary>
    public static ReadOnlySpan<byte> VersionText => "0.5.0"u8;

    /// <summary>Reads the processor's brand string.</summary>
    /// <source>SDM 2A, "CPUID - CPU Identification", "The Processor Brand String Method"</source>
    public HostDescription(CpuidSource cpuid, AcpiTables acpi)
    {
        _acpi = acpi;
        if (cpuid.Query(0x80000000, 0).Eax < 0x80000004)
        {
            return;
        }

        for (uint leaf = 0; leaf < 3; leaf++)
        {
            CpuidResult part = cpuid.Query(0x80000002 + leaf, 0);
            Span<byte> target = new(_name, (int)leaf * 16, 16);
            BinaryPrimitives.WriteUInt32LittleEndian(target, part.Eax);
            BinaryPrimitives.WriteUInt32LittleEndian(target[4..], part.Ebx);
            BinaryPrimitives.WriteUInt32LittleEndian(target[8..], part.Ecx);
            BinaryPrimitives.WriteUInt32LittleEndian(target[12..], part.Edx);
        }

        int end = Array.IndexOf(_name, (byte)0);
        end = end < 0 ? _name.Length : end;
        while (_nameStart < end && _name[_nameStart] == ' ')
        {
            _nameStart++;
        }

        while (end > _nameStart && _name[end - 1] == ' ')
        {
            end--;
        }

        _nameLength = end - _nameStart;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Version => VersionText;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> ProcessorName => new(_name, _nameStart, _nameLength);

    /// <inheritdoc/>
    public override ulong StartTicks => StartTimeline.TotalTicks;

    /// <inheritdoc/>
    public override int StartPartCount => StartTimeline.Count;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> StartPartName(int index) => StartTimeline.Name(index);

    /// <inheritdoc/>
    public override ulong StartPartTicks(int index) => StartTimeline.Ticks(index);

    /// <inheritdoc/>
    public override void WriteBoot(TextOutput output) => BootDescription.Write(output, _acpi);
}
