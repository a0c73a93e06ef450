using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Paravirt.Memory;

/// <summary>Host RAM as this code sees it: physical address 0 at <paramref name="start"/>, which is the direct map or the memory that a test has in its place.</summary>
internal readonly unsafe struct HostWindow(byte* start)
{
    /// <summary>The direct map.</summary>
    public static HostWindow Direct => new((byte*)DirectMap.Base);

    /// <summary>The first byte of a frame.</summary>
    public byte* Page(HostFrame frame) => start + (frame.Number << 12);

    /// <summary>A frame as 512 quadwords.</summary>
    public ulong* Table(HostFrame frame) => (ulong*)(start + (frame.Number << 12));

    /// <summary>The byte at a physical address, which must be RAM.</summary>
    public byte* At(ulong address) => start + address;

    /// <summary>The physical address of a byte that is seen here.</summary>
    public ulong AddressOf(byte* seen) => (ulong)(seen - start);
}
