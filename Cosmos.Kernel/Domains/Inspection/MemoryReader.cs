using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>
/// Reads memory of domains that stand still, a line at a time. The page tables are the guest's doing, so it works in a containment frame.
/// Made once, and used again.
/// </summary>
public sealed class MemoryReader(HostServices host) : ContainedWork
{
    private readonly byte[] _bytes = new byte[MemoryText.BytesPerLine];
    private Domain? _domain;
    private VcpuSnapshot? _snapshot;
    private ulong _address;
    private bool _isPhysical;
    private int _wanted;
    private int _length;
    private PageWalk _walk;

    /// <summary>The bytes that are there, from the address on; empty if none are.</summary>
    public ReadOnlySpan<byte> Bytes => new(_bytes, 0, _length);

    /// <summary>The walk for a linear address at which there is nothing.</summary>
    public ref readonly PageWalk Walk => ref _walk;

    /// <summary>
    /// Reads <paramref name="count"/> bytes, at most <see cref="MemoryText.BytesPerLine"/>, from a physical address, or a linear one by the
    /// page tables that <paramref name="snapshot"/> of the same domain found; false if a fault cut it short.
    /// </summary>
    public bool TryRead(Domain domain, VcpuSnapshot snapshot, ulong address, bool isPhysical, int count)
    {
        _domain = domain;
        _snapshot = snapshot;
        _address = address;
        _isPhysical = isPhysical;
        _wanted = count;
        _length = 0;
        return host.Containment.TryRun(this);
    }

    /// <inheritdoc/>
    public override void Run()
    {
        GuestMemory memory = _domain!.Backend.TableMemory;
        VcpuSnapshot snapshot = _snapshot!;
        Span<byte> destination = new(_bytes, 0, _wanted);
        if (_isPhysical)
        {
            _length = memory.TryCopyIn(new GuestPhysicalAddress(_address), destination) ? _wanted : 0;
            return;
        }

        _length = GuestReader.CopyIn(memory, in snapshot.State, in snapshot.System, _address, destination);
        if (_length == 0)
        {
            _walk = PageWalker.Walk(memory, in snapshot.State, in snapshot.System, _address);
        }
    }
}
