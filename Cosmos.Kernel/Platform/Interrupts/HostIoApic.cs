namespace Multicosm.Platform.Interrupts;

/// <summary>An I/O APIC of the PC.</summary>
/// <source>82093AA datasheet, "Register Description"</source>
internal sealed unsafe class HostIoApic
{
    private const ulong Masked = 1 << 16;
    private readonly uint* _registers;

    /// <summary>Masks every input of the I/O APIC behind <paramref name="registers"/>.</summary>
    public HostIoApic(byte* registers)
    {
        _registers = (uint*)registers;
        uint last = Read(1) >> 16 & 0xFF;
        for (uint input = 0; input <= last; input++)
        {
            WriteEntry(input, Masked);
        }
    }

    /// <summary>Delivers <paramref name="input"/> as <paramref name="vector"/> to the CPU with this APIC id.</summary>
    public void Route(uint input, byte vector, uint apicId, bool level, bool activeLow) =>
        WriteEntry(input, vector | (activeLow ? 1UL << 13 : 0) | (level ? 1UL << 15 : 0) | ((ulong)apicId << 56));

    private void WriteEntry(uint input, ulong entry)
    {
        Write(0x10 + (input * 2), (uint)Masked);
        Write(0x11 + (input * 2), (uint)(entry >> 32));
        Write(0x10 + (input * 2), (uint)entry);
    }

    private uint Read(uint index)
    {
        System.Threading.Volatile.Write(ref _registers[0], index);
        return System.Threading.Volatile.Read(ref _registers[4]);
    }

    private void Write(uint index, uint value)
    {
        System.Threading.Volatile.Write(ref _registers[0], index);
        System.Threading.Volatile.Write(ref _registers[4], value);
    }
}
