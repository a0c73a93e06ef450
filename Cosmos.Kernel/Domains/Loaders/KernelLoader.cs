using System;
using Multicosm.Domains.Configuration;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>Puts a kernel and what belongs to it into a fully virtualised domain's memory, in steps, and says where the vCPU starts.</summary>
public abstract class KernelLoader
{
    /// <summary>After <see cref="Plan"/>: bytes of memory that the kernel and its modules need.</summary>
    public ulong NeededBytes { get; protected set; }

    /// <summary>After <see cref="Plan"/>: the longest command line, in bytes.</summary>
    public abstract uint CommandLineLimit { get; }

    /// <summary>Checks the kernel and decides where everything goes; nothing is copied. Success, or why not.</summary>
    public abstract LoadStatus Plan(ReadOnlySpan<byte> kernel, ModuleSet modules, int commandLineBytes, ulong lowBytes, ulong highBytes);

    /// <summary>Starts to copy what the last successful <see cref="Plan"/> decided.</summary>
    public abstract void Begin(GuestMemory memory, BootModule kernel, ModuleSet modules, DomainConfiguration configuration);

    /// <summary>One bounded step: InProgress until Success or MemoryFault.</summary>
    public abstract LoadStatus Step();

    /// <summary>The registers that the kernel starts with.</summary>
    public abstract void FillState(out VcpuState state);
}
