using System;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <summary>Loading DS, ES, FS, GS or SS with a selector, as MOV does.</summary>
/// <source>SDM 3A, "Segment Descriptors" and "Type Checking"</source>
internal static unsafe class SegmentLoads
{
    private const ulong ProtectionEnable = 1;
    private const ulong Virtual8086 = 1 << 17;
    private const uint Unusable = 1 << 16;
    private const uint TableIndicator = 4;
    private const uint RequestedLevel = 3;
    private const uint Accessed = 1;
    private const uint Writable = 2;
    private const uint Conforming = 4;
    private const uint Code = 8;
    private const uint System = 1 << 4;
    private const uint Present = 1 << 7;
    private const uint Granularity = 1 << 15;
    private const uint NotPresentVector = 11;
    private const uint StackVector = 12;
    private const uint ProtectionVector = 13;
    private const int DescriptorBytes = 8;

    /// <summary>Loads it. Advance, which stands for success, or what comes instead.</summary>
    public static ExitAction Load(VmxVcpu vcpu, SegmentRegister segment, ushort selector)
    {
        uint field = (uint)segment * 2;
        bool isProtected = (CurrentVmcs.Read(VmcsGuestNatural.Cr0) & ProtectionEnable) != 0 && (vcpu.Registers->Rflags & Virtual8086) == 0;
        if (!isProtected)
        {
            CurrentVmcs.Write(VmcsGuest16.EsSelector + field, selector);
            CurrentVmcs.Write(VmcsGuestNatural.EsBase + field, (ulong)selector << 4);
            return ExitAction.Advance;
        }

        if ((selector & ~RequestedLevel) == 0)
        {
            return LoadNull(vcpu, segment, selector);
        }

        ulong descriptor = 0;
        if (!TryFind(selector, out ulong address))
        {
            return Injection.SelectorFault(vcpu, ProtectionVector, selector);
        }

        if (!GuestPaging.TryTranslate(vcpu.Domain.Memory, address, false, false, out GuestPhysicalAddress physical, out uint errorCode))
        {
            return Injection.PageFault(vcpu, address, errorCode);
        }

        if (!vcpu.Domain.Memory.TryCopyIn(physical, new Span<byte>(&descriptor, DescriptorBytes)))
        {
            return vcpu.Fail(CrashReason.UnhandledExit, "a descriptor table lies where there is no RAM"u8);
        }

        uint rights = (uint)(descriptor >> 40) & 0xF0FF;
        uint refused = Refusal(segment, selector, rights);
        if (refused != 0)
        {
            return Injection.SelectorFault(vcpu, refused, selector);
        }

        descriptor |= (ulong)Accessed << 40;
        _ = vcpu.Domain.Memory.TryCopyOut(physical, new ReadOnlySpan<byte>(&descriptor, DescriptorBytes)); // it was read there
        uint limit = (uint)(descriptor & 0xFFFF) | ((uint)(descriptor >> 32) & 0xF0000);
        CurrentVmcs.Write(VmcsGuest16.EsSelector + field, selector);
        CurrentVmcs.Write(VmcsGuest32.EsLimit + field, (rights & Granularity) != 0 ? (limit << 12) | 0xFFF : limit);
        CurrentVmcs.Write(VmcsGuest32.EsAccessRights + field, rights | Accessed);
        CurrentVmcs.Write(VmcsGuestNatural.EsBase + field, (descriptor >> 16 & 0xFFFFFF) | (descriptor >> 32 & 0xFF000000));
        return ExitAction.Advance;
    }

    private static uint Level() => CurrentVmcs.Read(VmcsGuest32.SsAccessRights) >> 5 & RequestedLevel;

    // SS may be null in 64-bit mode, but not of user programs.
    private static ExitAction LoadNull(VmxVcpu vcpu, SegmentRegister segment, ushort selector)
    {
        uint level = Level();
        bool isStack = segment == SegmentRegister.Ss;
        if (isStack && (!vcpu.Is64BitCode || level == RequestedLevel || (selector & RequestedLevel) != level))
        {
            return Injection.SelectorFault(vcpu, ProtectionVector, 0);
        }

        uint field = (uint)segment * 2;
        CurrentVmcs.Write(VmcsGuest16.EsSelector + field, selector);
        CurrentVmcs.Write(VmcsGuest32.EsAccessRights + field, Unusable | (isStack ? level << 5 : 0));
        return ExitAction.Advance;
    }

    private static bool TryFind(ushort selector, out ulong address)
    {
        bool isLocal = (selector & TableIndicator) != 0;
        uint offset = selector & ~(TableIndicator | RequestedLevel);
        bool isUsable = !isLocal || (CurrentVmcs.Read(VmcsGuest32.LdtrAccessRights) & Unusable) == 0;
        uint limit = CurrentVmcs.Read(isLocal ? VmcsGuest32.LdtrLimit : VmcsGuest32.GdtrLimit);
        address = CurrentVmcs.Read(isLocal ? VmcsGuestNatural.LdtrBase : VmcsGuestNatural.GdtrBase) + offset;
        return isUsable && offset + DescriptorBytes - 1 <= limit;
    }

    // The vector of the fault that a descriptor makes, or 0.
    private static uint Refusal(SegmentRegister segment, ushort selector, uint rights)
    {
        uint level = Level();
        uint requested = selector & RequestedLevel;
        uint descriptorLevel = rights >> 5 & RequestedLevel;
        bool isCode = (rights & Code) != 0;
        bool isPresent = (rights & Present) != 0;
        if (segment == SegmentRegister.Ss)
        {
            bool isStack = (rights & System) != 0 && !isCode && (rights & Writable) != 0 && requested == level && descriptorLevel == level;
            return !isStack ? ProtectionVector : isPresent ? 0 : StackVector;
        }

        bool isReadable = (rights & System) != 0 && (!isCode || (rights & Writable) != 0);
        bool isOpen = (isCode && (rights & Conforming) != 0) || (requested <= descriptorLevel && level <= descriptorLevel);
        return !isReadable || !isOpen ? ProtectionVector : isPresent ? 0 : NotPresentVector;
    }
}
