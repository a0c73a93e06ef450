namespace Multicosm.Hosting.Emulation;

/// <summary>A session of the emulator's debugger, with the kernel's symbols.</summary>
public sealed class DebugOptions
{
    /// <summary>A file of the debugger's commands, after which it ends; null if they come from standard input.</summary>
    public string? Commands { get; init; }

    /// <summary>True if the instruction <c>xchg bx, bx</c> stops the machine wherever it is executed; Bochs only.</summary>
    public bool MagicBreak { get; init; }
}
