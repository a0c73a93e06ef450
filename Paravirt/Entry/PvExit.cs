namespace Multicosm.Paravirt.Entry;

/// <summary>Values of <see cref="PvRegisters.Vector"/> above the 256 vectors.</summary>
internal enum PvExit
{
    /// <summary>SYSCALL of the guest's kernel, from 64-bit code.</summary>
    Hypercall = 0x100,

    /// <summary>SYSCALL from compatibility mode (AMD's CPUs alone).</summary>
    Syscall32 = 0x101,

    /// <summary>SYSENTER.</summary>
    Sysenter = 0x102,

    /// <summary>SYSCALL of a user program's, from 64-bit code.</summary>
    SystemCall = 0x103,

    /// <summary>Set beside an exception's vector: IRETQ raised it while the guest was being entered.</summary>
    EntryFault = 0x200,
}
