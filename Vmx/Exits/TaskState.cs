using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Multicosm.Vmx.Exits;

/// <summary>What a task-state segment keeps of a task, in its 32-bit or its 16-bit form.</summary>
/// <source>SDM 3A, "Task-State Segment (TSS)" and "16-Bit Task-State Segment (TSS)"</source>
internal struct TaskState
{
    /// <summary>Bytes of the 32-bit form that are needed at least.</summary>
    public const int Bytes32 = 104;

    /// <summary>Bytes of the 16-bit form.</summary>
    public const int Bytes16 = 44;

    private const int Cr3Offset = 0x1C;
    private const int Flags16 = 0x10;
    private const int Registers16 = 0x12;
    private const int Segments16 = 0x22;

    /// <summary>CR3, of the 32-bit form only.</summary>
    public uint Cr3;

    /// <summary>EIP and EFLAGS.</summary>
    public uint Eip, Eflags;

    /// <summary>EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI.</summary>
    public EightRegisters Registers;

    /// <summary>Selectors of ES, CS, SS, DS, FS, GS and the LDT.</summary>
    public SevenSelectors Selectors;

    /// <summary>The T flag: a debug exception when the task starts.</summary>
    public bool IsTrapped;

    /// <summary>Takes a task's state from its segment; the 16-bit form has neither FS nor GS, which become null.</summary>
    public static void Read(ReadOnlySpan<byte> segment, bool is32, out TaskState state)
    {
        state = default;
        if (!is32)
        {
            Read16(segment, ref state);
            return;
        }

        state.Cr3 = BinaryPrimitives.ReadUInt32LittleEndian(segment[Cr3Offset..]);
        state.Eip = BinaryPrimitives.ReadUInt32LittleEndian(segment[0x20..]);
        state.Eflags = BinaryPrimitives.ReadUInt32LittleEndian(segment[0x24..]);
        for (int i = 0; i < 8; i++)
        {
            state.Registers[i] = BinaryPrimitives.ReadUInt32LittleEndian(segment[(0x28 + (i * 4))..]);
        }

        for (int i = 0; i < 7; i++)
        {
            state.Selectors[i] = BinaryPrimitives.ReadUInt16LittleEndian(segment[(0x48 + (i * 4))..]);
        }

        state.IsTrapped = (segment[0x64] & 1) != 0;
    }

    /// <summary>Where the part that <see cref="WriteSaved"/> fills begins in a segment.</summary>
    public static int SavedOffset(bool is32) => is32 ? 0x20 : 0x0E;

    /// <summary>How many bytes that part has.</summary>
    public static int SavedBytes(bool is32) => is32 ? 0x60 - 0x20 : Segments16 + 8 - 0x0E;

    /// <summary>Writes what a switch saves: EIP, EFLAGS, the registers and selectors, but for the LDT's.</summary>
    public readonly void WriteSaved(Span<byte> saved, bool is32)
    {
        if (!is32)
        {
            WriteSaved16(saved);
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(saved, Eip);
        BinaryPrimitives.WriteUInt32LittleEndian(saved[4..], Eflags);
        for (int i = 0; i < 8; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(saved[(8 + (i * 4))..], Registers[i]);
        }

        for (int i = 0; i < 6; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(saved[(0x28 + (i * 4))..], Selectors[i]);
        }
    }

    private static void Read16(ReadOnlySpan<byte> segment, ref TaskState state)
    {
        state.Eip = BinaryPrimitives.ReadUInt16LittleEndian(segment[0x0E..]);
        state.Eflags = BinaryPrimitives.ReadUInt16LittleEndian(segment[Flags16..]);
        for (int i = 0; i < 8; i++)
        {
            state.Registers[i] = BinaryPrimitives.ReadUInt16LittleEndian(segment[(Registers16 + (i * 2))..]);
        }

        for (int i = 0; i < 4; i++)
        {
            state.Selectors[i] = BinaryPrimitives.ReadUInt16LittleEndian(segment[(Segments16 + (i * 2))..]);
        }

        state.Selectors[6] = BinaryPrimitives.ReadUInt16LittleEndian(segment[(Segments16 + 8)..]);
    }

    private readonly void WriteSaved16(Span<byte> saved)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(saved, (ushort)Eip);
        BinaryPrimitives.WriteUInt16LittleEndian(saved[2..], (ushort)Eflags);
        for (int i = 0; i < 8; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(saved[(4 + (i * 2))..], (ushort)Registers[i]);
        }

        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(saved[(20 + (i * 2))..], Selectors[i]);
        }
    }

    [InlineArray(8)]
    internal struct EightRegisters
    {
        private uint _first;
    }

    [InlineArray(7)]
    internal struct SevenSelectors
    {
        private ushort _first;
    }
}
