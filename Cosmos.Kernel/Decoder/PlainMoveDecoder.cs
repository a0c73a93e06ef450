using System.Runtime.CompilerServices;

namespace Multicosm.Decoder;

/// <summary>
/// Decodes MOV between memory and a general register, MOV of an immediate to memory, and MOVZX of 64-bit code, in a small part of the time that
/// <see cref="InstructionDecoder"/> takes, which knows all that is left out here: other prefixes than 66 and REX, AH to BH, RSP, and offsets without ModRM.
/// </summary>
/// <source>SDM 2A, "Instruction Format" and "REX Prefixes"</source>
public static class PlainMoveDecoder
{
    private const int Rsp = 4;
    private const int RexW = 8;

    /// <summary>
    /// Decodes the instruction whose first bytes are <paramref name="low"/> and then <paramref name="high"/>, least significant first. False if it is none of
    /// these: <paramref name="move"/> then has a size of 0.
    /// </summary>
    public static bool TryDecode(ulong low, ulong high, ref PlainMove move)
    {
        move.SizeBytes = 0;
        ulong rest = low;
        int at = 2; // where what follows ModRM begins
        int size = 4;
        if ((byte)rest == 0x66)
        {
            size = 2;
            rest >>= 8;
            at++;
        }

        int rex = 0;
        bool hasRex = ((uint)rest & 0xF0) == 0x40;
        if (hasRex)
        {
            rex = (int)rest & 15;
            size = (rex & RexW) != 0 ? 8 : size;
            rest >>= 8;
            at++;
        }

        int immediateBytes = 0;
        int registerBytes = size;
        uint opcode = (byte)rest;
        bool isByte = (opcode & 1) == 0;
        if (opcode == 0x0F)
        {
            // MOVZX
            rest >>= 8;
            at++;
            opcode = (byte)rest;
            if (opcode is not (0xB6 or 0xB7))
            {
                return false;
            }

            move.IsLoad = true;
            size = opcode == 0xB6 ? 1 : 2;
        }
        else if ((opcode & 0xFC) == 0x88)
        {
            move.IsLoad = (opcode & 2) != 0;
            size = registerBytes = isByte ? 1 : size;
        }
        else if ((opcode & 0xFE) == 0xC6)
        {
            move.IsLoad = false;
            size = isByte ? 1 : size;
            immediateBytes = size < 4 ? size : 4;
        }
        else
        {
            return false;
        }

        uint modRm = (uint)(rest >> 8) & 0xFF;
        int register = ((int)modRm >> 3 & 7) | (rex << 1 & 8);
        bool isPlain = immediateBytes != 0
            ? (modRm & 0x38) == 0 // others are XABORT, or nothing
            : register != Rsp && (registerBytes != 1 || register < Rsp || hasRex);
        if (modRm >= 0xC0 || !isPlain)
        {
            return false;
        }

        move.Register = immediateBytes != 0 ? (byte)0 : (byte)register;
        at = ReadAddress(low, high, at, modRm, rest >> 16, rex, ref move);
        SetMasks(size, registerBytes, immediateBytes, At(low, high, at), ref move);
        move.Length = (byte)(at + immediateBytes);
        move.SizeBytes = (byte)size;
        return true;
    }

    // Returns where what follows begins.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadAddress(ulong low, ulong high, int at, uint modRm, ulong rest, int rex, ref PlainMove move)
    {
        uint mode = modRm >> 6;
        uint number = modRm & 7;
        bool hasIndex = false;
        if (number == Rsp)
        {
            number = (uint)rest & 7;
            hasIndex = ((uint)rest >> 3 & 7) != Rsp || (rex & 2) != 0;
            at++;
        }

        bool hasBase = mode != 0 || number != 5; // else RIP, or nothing
        number |= (uint)rex << 3 & 8;
        move.Base = hasBase && !hasIndex && number != Rsp ? (byte)number : PlainMove.NoRegister;
        if (mode == 1)
        {
            move.Displacement = (sbyte)At(low, high, at);
            return at + 1;
        }

        if (mode == 2 || !hasBase)
        {
            move.Displacement = (int)At(low, high, at);
            return at + 4;
        }

        move.Displacement = 0;
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetMasks(int size, int registerBytes, int immediateBytes, ulong immediate, ref PlainMove move)
    {
        ulong all = OperandSize.Mask(size);
        if (move.IsLoad)
        {
            move.Mask = registerBytes >= 4 ? 0 : ~OperandSize.Mask(registerBytes); // 4 bytes clear the upper half
            move.Immediate = 0;
        }
        else if (immediateBytes == 0)
        {
            move.Mask = all;
            move.Immediate = 0;
        }
        else
        {
            move.Mask = 0;
            move.Immediate = (ulong)OperandSize.Extend(immediate, immediateBytes) & all;
        }
    }

    // The eight bytes from `at` (1 to 15) on, as far as there are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong At(ulong low, ulong high, int at) => at < 8 ? (low >> (8 * at)) | (high << (64 - (8 * at))) : high >> (8 * (at - 8));
}
