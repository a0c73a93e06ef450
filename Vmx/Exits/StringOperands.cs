namespace Multicosm.Vmx.Exits;

/// <summary>Stepping of string instructions: rSI, rDI and rCX by their address size, and RIP when the count is used up.</summary>
/// <source>SDM 2, "REP/REPE/REPZ/REPNE/REPNZ"</source>
internal static unsafe class StringOperands
{
    private const int Rcx = 1;
    private const int Rsi = 6;
    private const int Rdi = 7;
    private const ulong DirectionFlag = 1 << 10;

    /// <summary>True if a repeated instruction has nothing to do.</summary>
    public static bool IsCountZero(VmxVcpu vcpu, int addressSizeBytes) => (vcpu.ReadRegister(Rcx) & Mask(addressSizeBytes)) == 0;

    /// <summary>After one element: moves the index registers that the instruction uses, counts, and goes behind the instruction if it was the last.</summary>
    public static void Step(VmxVcpu vcpu, int elementBytes, int addressSizeBytes, bool usesSource, bool usesDestination, bool repeated, ulong length)
    {
        ulong by = (vcpu.Registers->Rflags & DirectionFlag) != 0 ? 0 - (ulong)elementBytes : (ulong)elementBytes;
        if (usesSource)
        {
            Add(vcpu, Rsi, by, addressSizeBytes);
        }

        if (usesDestination)
        {
            Add(vcpu, Rdi, by, addressSizeBytes);
        }

        if (repeated)
        {
            Add(vcpu, Rcx, ulong.MaxValue, addressSizeBytes);
        }

        // With elements left the instruction runs again, and events may come in between, as on hardware.
        if (!repeated || IsCountZero(vcpu, addressSizeBytes))
        {
            vcpu.Advance(length);
        }
        else
        {
            vcpu.FinishElement();
        }
    }

    /// <summary>The value of an address register, cut to the address size.</summary>
    public static ulong Offset(VmxVcpu vcpu, int register, int addressSizeBytes) => vcpu.ReadRegister(register) & Mask(addressSizeBytes);

    /// <summary>All ones of an address size.</summary>
    public static ulong Mask(int addressSizeBytes) => addressSizeBytes switch
    {
        2 => 0xFFFF,
        4 => 0xFFFFFFFF,
        _ => ulong.MaxValue,
    };

    private static void Add(VmxVcpu vcpu, int register, ulong by, int addressSizeBytes)
    {
        ulong value = vcpu.ReadRegister(register);
        vcpu.WriteRegister(register, addressSizeBytes, (value & Mask(addressSizeBytes)) + by);
    }
}
