using System;
using System.Runtime.CompilerServices;
using Multicosm.Decoder;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <summary>Fetches and decodes the instruction at a vCPU's RIP. What a driver does again and again in 64-bit code is decoded once.</summary>
internal sealed unsafe class CodeReader
{
    private const int Kept = 16; // a power of two
    private const int KeptPages = 4; // another
    private const ulong LinearAddress57 = 1 << 12;
    private const uint DefaultBig = 1 << 14;
    private const uint LongCode = 1 << 13;
    private const ulong PageBytes = 4096;
    private const int MaximumLength = 15;

    private readonly VmxVcpu _vcpu;
    private readonly CachedInstruction[] _kept = new CachedInstruction[Kept];
    private readonly CodePage[] _pages = new CodePage[KeptPages];
    private readonly CachedInstruction _other = new();
    private CachedInstruction _current;

    /// <summary>For a vCPU, with nothing kept: the arena must be open.</summary>
    public CodeReader(VmxVcpu vcpu)
    {
        _vcpu = vcpu;
        _current = _other;
        for (int i = 0; i < Kept; i++)
        {
            _kept[i] = new CachedInstruction();
        }

        for (int i = 0; i < KeptPages; i++)
        {
            _pages[i] = new CodePage();
        }
    }

    /// <summary>The instruction that was fetched, or made, last.</summary>
    public ref Instruction Instruction => ref _current.Instruction;

    /// <summary>The code's default sizes at the last <see cref="Fetch"/>.</summary>
    public CodeMode Mode { get; private set; }

    /// <summary>The instruction at RIP, if it is a plain move of 64-bit code; else one of size 0. After <see cref="VmxInstructions.ReadAccess"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref PlainMove FetchMove(GuestRegisters* registers)
    {
        bool is64BitCode = (registers->CsAccessRights & LongCode) != 0 && (registers->EntryControls & (uint)EntryControls.Ia32eModeGuest) != 0;
        return ref (is64BitCode ? Find(registers->Rip, registers->Cr3) : _other).Move; // that of _other is none
    }

    /// <summary>Fetches the instruction at RIP.</summary>
    public DecodeStatus Fetch()
    {
        if (!_vcpu.Is64BitCode)
        {
            Mode = (CurrentVmcs.Read(VmcsGuest32.CsAccessRights) & DefaultBig) != 0 ? CodeMode.Bits32 : CodeMode.Bits16;
            return FetchOther();
        }

        Mode = CodeMode.Bits64;
        _current = Find(_vcpu.Registers->Rip, CurrentVmcs.Read(VmcsGuestNatural.Cr3));
        return _current == _other ? FetchOther() : _current.Decode();
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
        foreach (CodePage page in _pages)
        {
            page.Clear();
        }
    }

    // What is kept of 64-bit code at `rip`, or _other if nothing can be. The bytes are copied once: the guest may change them while we look.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CachedInstruction Find(ulong rip, ulong cr3)
    {
        CodePage page = _pages[(int)(rip / PageBytes) & (KeptPages - 1)];
        if (!page.Has(rip, cr3) && !TryFindPage(page, rip, cr3))
        {
            return _other;
        }

        if ((rip & (PageBytes - 1)) > PageBytes - CachedInstruction.Bytes)
        {
            return _other;
        }

        byte* code = page.At(rip);
        ulong low = *(ulong*)code;
        ulong high = *(ulong*)(code + 8);
        CachedInstruction kept = _kept[(int)(rip ^ (rip >> 4)) & (Kept - 1)];
        if (!kept.Is(low, high))
        {
            kept.Take(low, high);
        }

        return kept;
    }

    // Five levels of page tables are walked each time.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryFindPage(CodePage page, ulong rip, ulong cr3)
    {
        bool hasFourLevels = (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & LinearAddress57) == 0;
        return hasFourLevels && page.TryFind(_vcpu.Domain.Tables, rip, cr3);
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
