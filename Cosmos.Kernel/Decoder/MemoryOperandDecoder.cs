namespace Multicosm.Decoder;

/// <summary>ModRM, SIB and displacement to a memory operand.</summary>
/// <source>SDM 2A, "ModR/M and SIB Bytes" and "RIP-Relative Addressing"</source>
internal static class MemoryOperandDecoder
{
    private const byte Bx = 3;
    private const byte Sp = 4;
    private const byte Bp = 5;
    private const byte Si = 6;
    private const byte Di = 7;

    /// <summary>The operand that <paramref name="modRm"/> names; it must not name a register (mod 3).</summary>
    internal static MemoryOperand Decode(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, byte modRm)
    {
        MemoryOperand operand = default;
        operand.AddressSizeBytes = (byte)prefixes.AddressSizeBytes;
        operand.Scale = 1;
        operand.Index = MemoryOperand.NoRegister;
        if (operand.AddressSizeBytes == 2)
        {
            Decode16(ref cursor, modRm, ref operand);
        }
        else
        {
            Decode32(ref cursor, in prefixes, mode, modRm, ref operand);
        }

        bool onStack = operand.Base is Sp or Bp;
        operand.Segment = prefixes.SegmentOr(onStack ? SegmentRegister.Ss : SegmentRegister.Ds);
        return operand;
    }

    private static void Decode16(ref InstructionCursor cursor, byte modRm, ref MemoryOperand operand)
    {
        int mod = modRm >> 6;
        int rm = modRm & 7;
        if (mod == 0 && rm == 6)
        {
            operand.Base = MemoryOperand.NoRegister;
            operand.Displacement = cursor.NextSigned(2);
            return;
        }

        operand.Base = rm switch
        {
            0 or 1 or 7 => Bx,
            2 or 3 or 6 => Bp,
            4 => Si,
            _ => Di,
        };
        operand.Index = rm switch
        {
            0 or 2 => Si,
            1 or 3 => Di,
            _ => MemoryOperand.NoRegister,
        };
        operand.Displacement = mod == 0 ? 0 : cursor.NextSigned(mod);
    }

    private static void Decode32(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, byte modRm, ref MemoryOperand operand)
    {
        int mod = modRm >> 6;
        int displacementBytes = mod == 0 ? 0 : mod == 1 ? 1 : 4;
        int rm = modRm & 7;
        if (rm == Sp)
        {
            byte sib = cursor.Next();
            int index = ((sib >> 3) & 7) | prefixes.IndexExtension;
            if (index != Sp)
            {
                operand.Index = (byte)index;
                operand.Scale = (byte)(1 << (sib >> 6));
            }

            rm = sib & 7;
            operand.Base = (byte)(rm | prefixes.BaseExtension);
            if (mod == 0 && rm == Bp)
            {
                operand.Base = MemoryOperand.NoRegister;
                displacementBytes = 4;
            }
        }
        else if (mod == 0 && rm == Bp)
        {
            operand.Base = mode == CodeMode.Bits64 ? MemoryOperand.InstructionPointer : MemoryOperand.NoRegister;
            displacementBytes = 4;
        }
        else
        {
            operand.Base = (byte)(rm | prefixes.BaseExtension);
        }

        operand.Displacement = displacementBytes == 0 ? 0 : cursor.NextSigned(displacementBytes);
    }
}
