using System;
using System.Runtime.CompilerServices;
using Multicosm.Decoder;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <summary>Fetches and decodes the instruction at a vCPU's RIP. What a driver does again and again at the same place in 64-bit code is decoded once.</summary>
internal sealed unsafe class CodeReader
{
    private const int Kept = 16; // a power of two
    private const ulong LinearAddress57 = 1 << 12;
    private const uint DefaultBig = 1 << 14;
    private const int MaximumLength = 15;

    private readonly VmxVcpu _vcpu;
    private readonly CachedInstruction[] _kept = new CachedInstruction[Kept];
    private readonly CachedInstruction _other = new();
    private CachedInstruction _current;
    private CachedInstruction _last;

    /// <summary>For a vCPU, with nothing kept: the arena must be open.</summary>
    public CodeReader(VmxVcpu vcpu)
    {
        _vcpu = vcpu;
        _current = _other;
        _last = _other;
        for (int i = 0; i < Kept; i++)
        {
            _kept[i] = new CachedInstruction();
        }
    }

    /// <summary>The instruction that was fetched, or made, last.</summary>
    public ref Instruction Instruction => ref _current.Instruction;

    /// <summary>The code's default sizes at the last <see cref="Fetch"/>.</summary>
    public CodeMode Mode { get; private set; }

    /// <summary>Fetches the instruction at RIP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public DecodeStatus Fetch()
    {
        if (!_vcpu.Is64BitCode)
        {
            Mode = (CurrentVmcs.Read(VmcsGuest32.CsAccessRights) & DefaultBig) != 0 ? CodeMode.Bits32 : CodeMode.Bits16;
            return FetchOther();
        }

        Mode = CodeMode.Bits64;
        ulong rip = _vcpu.Registers->Rip;
        ulong cr3 = CurrentVmcs.Read(VmcsGuestNatural.Cr3);
        CachedInstruction kept = _kept[(int)(rip ^ (rip >> 4)) & (Kept - 1)];
        _current = kept;
        return kept.IsCurrent(rip, cr3) ? DecodeStatus.Success : FetchNew(kept, rip, cr3);
    }

    /// <summary>Makes room for an instruction that the processor has decoded itself.</summary>
    public ref Instruction Make(CodeMode mode)
    {
        _current = _other;
        Mode = mode;
        Instruction = default;
        Instruction.Register = Decoder.Instruction.NoRegister;
        return ref Instruction;
    }

    /// <summary>The bytes at RIP, as many as there are.</summary>
    public int Copy(Span<byte> bytes)
    {
        ulong rip = _vcpu.Registers->Rip;
        ulong linear = Mode == CodeMode.Bits64 ? rip : (uint)(CurrentVmcs.Read(VmcsGuestNatural.CsBase) + rip);
        return GuestPaging.CopyCode(_vcpu.Domain.Memory, linear, bytes);
    }

    /// <summary>Forgets everything: the vCPU is another domain's now.</summary>
    public void Clear()
    {
        foreach (CachedInstruction kept in _kept)
        {
            kept.Clear();
        }
    }

    // Five levels of page tables are walked each time.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private DecodeStatus FetchNew(CachedInstruction kept, ulong rip, ulong cr3)
    {
        bool hasFourLevels = (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & LinearAddress57) == 0;
        if (!hasFourLevels || !kept.TryFill(_vcpu.Domain.Tables, rip, cr3, _last))
        {
            return FetchOther();
        }

        _last = kept;
        return DecodeStatus.Success;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private DecodeStatus FetchOther()
    {
        _current = _other;
        Span<byte> bytes = stackalloc byte[MaximumLength];
        int length = Copy(bytes);
        return InstructionDecoder.TryDecode(bytes[..length], Mode, out _other.Instruction);
    }
}
