namespace Multicosm.Machine;

/// <summary>Where a board's power and reset devices report what the guest asked for. The vCPU does not run again before the manager has acted.</summary>
public abstract class GuestPower
{
    /// <summary>The guest switched itself off (ACPI S5).</summary>
    public abstract void PowerOff();

    /// <summary>The guest, a test program, ended itself with <paramref name="value"/> (the debug exit port).</summary>
    public abstract void Exit(uint value);

    /// <summary>The guest asked for a reset (ACPI reset register, port 0xCF9, keyboard controller, port 0x92).</summary>
    public abstract void Reset();
}
