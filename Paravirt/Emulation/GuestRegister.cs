using Multicosm.Paravirt.Entry;

namespace Multicosm.Paravirt.Emulation;

/// <summary>A guest's general registers by the numbers that instructions have for them: 0 = rAX .. 15 = R15.</summary>
/// <source>SDM 2A, "REX Prefixes"</source>
internal static class GuestRegister
{
    public const int Rax = 0;
    public const int Rcx = 1;
    public const int Rdx = 2;
    public const int Rsi = 6;
    public const int Rdi = 7;

    /// <summary>All 64 bits of register <paramref name="number"/>.</summary>
    public static ulong Read(ref PvRegisters registers, int number) => Of(ref registers, number);

    /// <summary>Writes the low <paramref name="sizeBytes"/> of a register; with 4 the upper half becomes 0, with 1 and 2 the rest stays.</summary>
    public static void Write(ref PvRegisters registers, int number, int sizeBytes, ulong value)
    {
        ref ulong register = ref Of(ref registers, number);
        register = sizeBytes switch
        {
            8 => value,
            4 => (uint)value,
            _ => (register & ~Mask(sizeBytes)) | (value & Mask(sizeBytes)),
        };
    }

    /// <summary>Writes bits 15:8 of a register.</summary>
    public static void WriteHighByte(ref PvRegisters registers, int number, ulong value)
    {
        ref ulong register = ref Of(ref registers, number);
        register = (register & ~0xFF00UL) | ((value & 0xFF) << 8);
    }

    /// <summary>The bits of an operand of <paramref name="sizeBytes"/> (1, 2, 4 or 8).</summary>
    public static ulong Mask(int sizeBytes) => ulong.MaxValue >> (64 - (8 * sizeBytes));

    private static ref ulong Of(ref PvRegisters registers, int number)
    {
        switch (number)
        {
            case 0: return ref registers.Rax;
            case 1: return ref registers.Rcx;
            case 2: return ref registers.Rdx;
            case 3: return ref registers.Rbx;
            case 4: return ref registers.Rsp;
            case 5: return ref registers.Rbp;
            case 6: return ref registers.Rsi;
            case 7: return ref registers.Rdi;
            case 8: return ref registers.R8;
            case 9: return ref registers.R9;
            case 10: return ref registers.R10;
            case 11: return ref registers.R11;
            case 12: return ref registers.R12;
            case 13: return ref registers.R13;
            case 14: return ref registers.R14;
            default: return ref registers.R15;
        }
    }
}
