using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Containment;

/// <summary>Runs work for a domain so that a bounds, null, cast, overflow or stack fault in it ends that work, not the host.</summary>
public sealed unsafe class FaultContainment : Machine.Containment
{
    private FaultRecord _lastFault;

    /// <inheritdoc/>
    public override ref readonly FaultRecord LastFault => ref _lastFault;

    /// <inheritdoc/>
    public override bool TryRun(ContainedWork work)
    {
        // Safe because objects never move: there is no collector.
        if (Run(&Invoke, Unsafe.As<ContainedWork, nint>(ref work)) == 0)
        {
            return true;
        }

        PerCpu* cpu = PerCpu.Current;
        _lastFault.Vector = (byte)cpu->FaultVector;
        _lastFault.ErrorCode = cpu->FaultErrorCode;
        _lastFault.FaultAddress = cpu->FaultAddress;
        _lastFault.Rsp = cpu->FaultRsp;
        _lastFault.Rip = cpu->FaultRip;
        return false;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> MethodAt(ulong address, out ulong offset) => SymbolTable.Find(address, out offset);

    [UnmanagedCallersOnly]
    private static void Invoke(nint work)
    {
        Unsafe.As<nint, ContainedWork>(ref work).Run();
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "containment_run")]
    private static extern int Run(delegate* unmanaged<nint, void> function, nint argument);
}
