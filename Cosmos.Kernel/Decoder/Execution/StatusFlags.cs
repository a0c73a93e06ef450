namespace Multicosm.Decoder.Execution;

/// <summary>The bits of RFLAGS that instructions set or read.</summary>
/// <source>SDM 3A, "Control Registers"</source>
public static class StatusFlags
{
    /// <summary>CF.</summary>
    public const ulong Carry = 1 << 0;

    /// <summary>PF.</summary>
    public const ulong Parity = 1 << 2;

    /// <summary>AF.</summary>
    public const ulong Adjust = 1 << 4;

    /// <summary>ZF.</summary>
    public const ulong Zero = 1 << 6;

    /// <summary>SF.</summary>
    public const ulong Sign = 1 << 7;

    /// <summary>DF: strings go down.</summary>
    public const ulong Direction = 1 << 10;

    /// <summary>OF.</summary>
    public const ulong Overflow = 1 << 11;

    /// <summary>All of them but <see cref="Direction"/>.</summary>
    public const ulong All = Carry | Parity | Adjust | Zero | Sign | Overflow;
}
