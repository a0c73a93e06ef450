namespace Multicosm.Machine;

/// <summary>Why a domain ended without being asked to.</summary>
public enum CrashReason : byte
{
    /// <summary>It did not crash.</summary>
    None,

    /// <summary>The guest faulted while delivering a double fault.</summary>
    TripleFault,

    /// <summary>An exit that the backend does not know.</summary>
    UnhandledExit,

    /// <summary>The processor refused to enter the guest: its state breaks a rule of the manual.</summary>
    EntryFailure,

    /// <summary>A fault of our own code acting for this guest (contained).</summary>
    DeviceFault,

    /// <summary>An instruction that touches emulated memory in a form that is not emulated.</summary>
    UnknownInstruction,

    /// <summary>The vCPU waits for ever: halted with interrupts off and nothing that could wake it.</summary>
    HaltedForever,

    /// <summary>A paravirtual kernel broke a rule of its ABI beyond what an error number can say.</summary>
    ParavirtViolation,

    /// <summary>A paravirtual kernel said that it has crashed.</summary>
    GuestPanic,

    /// <summary>A paravirtual kernel has not set its watchdog again in time.</summary>
    WatchdogExpired,

    /// <summary>The host ran out of something that the guest needed.</summary>
    OutOfMemory,
}
