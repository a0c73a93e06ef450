using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Emulation;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Events;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>A vcpu_guest_context, by which a guest describes how a vCPU begins: checked as a whole, then applied.</summary>
/// <source>Xen headers "arch-x86/xen.h", "arch-x86/xen-x86_64.h"</source>
internal static unsafe class VcpuContext
{
    /// <summary>Bytes of the structure.</summary>
    public const int Size = 5168;

    private const int Flags = 512;
    private const int User = 520;
    private const int TrapTable = 720;
    private const int LdtBase = 4816;
    private const int LdtEntries = 4824;
    private const int GdtFrames = 4832;
    private const int GdtEntries = 4960;
    private const int KernelSs = 4968;
    private const int KernelSp = 4976;
    private const int Control = 4984;
    private const int Control4 = Control + 32;
    private const int DebugRegister = 5048;
    private const int EventCallback = 5112;
    private const int FailsafeCallback = 5120;
    private const int SyscallCallback = 5128;
    private const int FsBase = 5144;
    private const int GsBaseKernel = 5152;
    private const int GsBaseUser = 5160;
    private const int UserRip = User + 128;
    private const int UserCs = User + 136;
    private const int UserFlags = User + 144;
    private const int UserRsp = User + 152;
    private const int UserSs = User + 160;
    private const int UserEs = User + 168;

    private const uint HasFpu = 1u << 0;
    private const uint InKernel = 1u << 2;
    private const uint FailsafeMasks = 1u << 3;
    private const uint SyscallMasks = 1u << 4;
    private const uint Online = 1u << 5;
    private const uint MaximumGdtEntries = 7168;
    private const uint MaximumLdtEntries = 8192;
    private const ulong PageMask = 4095;
    private const ulong TaskSwitched = 1UL << 3;

    // What a program may set itself: carry, parity, adjust, zero, sign, trap, direction, overflow, nested task cleared, AC, ID.
    private const ulong SettableFlags = 0x240DD5;
    private const ulong FixedFlags = 0x202; // bit 1, and IF

    /// <summary>Checks the numbers in <paramref name="context"/>: <see cref="XenError.Invalid"/> for what no vCPU can begin with.</summary>
    public static XenError Check(ReadOnlySpan<byte> context)
    {
        bool isCanonical = IsCanonical(context, UserRip) && IsCanonical(context, UserRsp) && IsCanonical(context, KernelSp)
            && IsCanonical(context, EventCallback) && IsCanonical(context, FailsafeCallback) && IsCanonical(context, SyscallCallback)
            && IsCanonical(context, FsBase) && IsCanonical(context, GsBaseKernel) && IsCanonical(context, GsBaseUser) && IsCanonical(context, LdtBase);
        for (int vector = 0; vector < 256; vector++)
        {
            isCanonical &= IsCanonical(context, TrapTable + (16 * vector) + 8);
        }

        bool isUserWithoutTable = (UInt32(context, Flags) & InKernel) == 0 && UInt64(context, Control + 8) == 0;
        bool fits = UInt64(context, GdtEntries) <= MaximumGdtEntries && UInt64(context, LdtEntries) <= MaximumLdtEntries
            && (UInt64(context, LdtBase) & PageMask) == 0;
        return isCanonical && fits && !isUserWithoutTable ? XenError.None : XenError.Invalid;
    }

    /// <summary>Takes the tables that <paramref name="context"/> names.</summary>
    public static XenError TakeTables(VcpuPages pages, PvVcpu vcpu, ReadOnlySpan<byte> context)
    {
        Span<ulong> frames = stackalloc ulong[16];
        for (int i = 0; i < 16; i++)
        {
            frames[i] = UInt64(context, GdtFrames + (8 * i));
        }

        uint gdtEntries = UInt32(context, GdtEntries);
        return pages.TakeTables(vcpu, UInt64(context, Control + 24) >> 12, UInt64(context, Control + 8) >> 12,
            frames[..(int)((gdtEntries + 511) / 512)], gdtEntries, UInt64(context, LdtBase), UInt32(context, LdtEntries));
    }

    /// <summary>True if the vCPU is to be up at once.</summary>
    public static bool IsOnline(ReadOnlySpan<byte> context) => (UInt32(context, Flags) & Online) != 0;

    /// <summary>Applies what has been checked to <paramref name="vcpu"/>.</summary>
    public static void Apply(PvVcpu vcpu, ReadOnlySpan<byte> context)
    {
        uint flags = UInt32(context, Flags);
        vcpu.IsKernelMode = (flags & InKernel) != 0;
        ApplyRegisters(vcpu.Registers, context);
        ApplyFpu(vcpu.Registers, context, (flags & HasFpu) != 0);
        ApplyTraps(vcpu, context);
        vcpu.KernelSs = (UInt64(context, KernelSs) & 0xFFFF) | 3;
        vcpu.KernelSp = UInt64(context, KernelSp);
        vcpu.EventAddress = UInt64(context, EventCallback);
        vcpu.FailsafeAddress = UInt64(context, FailsafeCallback);
        vcpu.SyscallAddress = UInt64(context, SyscallCallback);
        vcpu.FailsafeMasks = (flags & FailsafeMasks) != 0;
        vcpu.SyscallMasks = (flags & SyscallMasks) != 0;
        vcpu.FsBase = UInt64(context, FsBase);
        vcpu.GsBase = UInt64(context, vcpu.IsKernelMode ? GsBaseKernel : GsBaseUser);
        vcpu.InactiveGsBase = UInt64(context, vcpu.IsKernelMode ? GsBaseUser : GsBaseKernel);
        vcpu.Es = UInt16(context, UserEs);
        vcpu.Ds = UInt16(context, UserEs + 8);
        vcpu.Fs = UInt16(context, UserEs + 16);
        vcpu.Gs = UInt16(context, UserEs + 24);
        vcpu.IsTaskSwitched = (UInt64(context, Control) & TaskSwitched) != 0;
        vcpu.IoPrivilege = (byte)((UInt64(context, UserFlags) >> 12) & 3);
        ControlRegisters.WriteCr4(vcpu, UInt64(context, Control4));
        ApplyDebug(vcpu, context);
    }

    // One that is not allowed is left as it is at reset.
    private static void ApplyDebug(PvVcpu vcpu, ReadOnlySpan<byte> context)
    {
        for (int i = 0; i < 8; i++)
        {
            _ = DebugRegisters.TryWrite(vcpu, i, UInt64(context, DebugRegister + (8 * i)));
        }
    }

    private static void ApplyRegisters(PvRegisters* registers, ReadOnlySpan<byte> context)
    {
        registers->R15 = UInt64(context, User);
        registers->R14 = UInt64(context, User + 8);
        registers->R13 = UInt64(context, User + 16);
        registers->R12 = UInt64(context, User + 24);
        registers->Rbp = UInt64(context, User + 32);
        registers->Rbx = UInt64(context, User + 40);
        registers->R11 = UInt64(context, User + 48);
        registers->R10 = UInt64(context, User + 56);
        registers->R9 = UInt64(context, User + 64);
        registers->R8 = UInt64(context, User + 72);
        registers->Rax = UInt64(context, User + 80);
        registers->Rcx = UInt64(context, User + 88);
        registers->Rdx = UInt64(context, User + 96);
        registers->Rsi = UInt64(context, User + 104);
        registers->Rdi = UInt64(context, User + 112);
        registers->Rip = UInt64(context, UserRip);
        registers->Cs = UInt16(context, UserCs) | 3u;
        registers->Rflags = (UInt64(context, UserFlags) & SettableFlags) | FixedFlags;
        registers->Rsp = UInt64(context, UserRsp);
        registers->Ss = UInt16(context, UserSs) | 3u;
        registers->UsesSysret = 0;
    }

    // FXRSTOR faults on bits of MXCSR that the CPU does not have: those that every CPU has are let through.
    private static void ApplyFpu(PvRegisters* registers, ReadOnlySpan<byte> context, bool isGiven)
    {
        Span<byte> image = MemoryMarshal.AsBytes(new Span<PvRegisters.FxArea>(ref registers->Fx));
        if (isGiven)
        {
            context[..image.Length].CopyTo(image);
            BinaryPrimitives.WriteUInt32LittleEndian(image[24..], UInt32(image, 24) & 0xFFBF);
            return;
        }

        image.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(image, 0x37F);
        BinaryPrimitives.WriteUInt32LittleEndian(image[24..], 0x1F80);
    }

    private static void ApplyTraps(PvVcpu vcpu, ReadOnlySpan<byte> context)
    {
        for (int vector = 0; vector < 256; vector++)
        {
            ReadOnlySpan<byte> row = context.Slice(TrapTable + (16 * vector), 16);
            ref TrapEntry trap = ref vcpu.Trap((byte)vector);
            trap.Flags = row[1];
            trap.Selector = (ushort)(UInt16(row, 2) | 3);
            trap.Address = UInt64(row, 8);
        }

        ShortWays.OnChange(vcpu);
    }

    private static bool IsCanonical(ReadOnlySpan<byte> context, int offset)
    {
        long value = BinaryPrimitives.ReadInt64LittleEndian(context[offset..]);
        return value << 16 >> 16 == value;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
