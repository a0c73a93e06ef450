using System;
using System.Numerics;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <content>Memory operands and ports.</content>
internal sealed unsafe partial class VmxProcessor
{
    private const int QuestionBytes = 8;
    private const uint ProtectionViolation = 1;
    private const ulong SupervisorAccessPrevention = 1 << 21;
    private const ulong AlignmentCheck = 1 << 18;

    /// <inheritdoc/>
    public override bool TryLocate(int operand, SegmentRegister segment, ulong offset, int sizeBytes, bool write, int alignment)
    {
        ulong linear = Linear(SegmentBase(segment) + offset);
        ref OperandLocation location = ref operand == Explicit ? ref _explicit : ref _implied;
        location.Linear = linear;
        location.Bytes = sizeBytes;
        location.IsWritten = write;
        location.FirstBytes = Math.Min(sizeBytes, PageBytes - (int)(linear & PageOffset));
        bool isWhole = location.FirstBytes == sizeBytes;
        bool isChecked = _isChecked && isWhole && (linear & PageOffset) == (_checked.Value & PageOffset) && (!write || _isCheckedForWrite);
        if (isChecked)
        {
            location.First = _checked;
            return true;
        }

        if (!IsAllowed(segment, offset, linear, sizeBytes, write) || (linear & (ulong)(alignment - 1)) != 0)
        {
            return Note(segment == SegmentRegister.Ss ? Injection.StackFault(vcpu) : Injection.GeneralProtection(vcpu));
        }

        return TryTranslate(linear, write, out location.First)
            && (isWhole || TryTranslate(Linear(linear + (ulong)location.FirstBytes), write, out location.Second));
    }

    /// <inheritdoc/>
    public override bool TryRead(int operand, Span<byte> value)
    {
        OperandLocation location = operand == Explicit ? _explicit : _implied;
        return TryReadPart(location.First, value[..location.FirstBytes]) && TryReadPart(location.Second, value[location.FirstBytes..]);
    }

    /// <inheritdoc/>
    public override bool TryWrite(int operand, ReadOnlySpan<byte> value)
    {
        OperandLocation location = operand == Explicit ? _explicit : _implied;
        return TryWritePart(location.First, value[..location.FirstBytes]) && TryWritePart(location.Second, value[location.FirstBytes..]);
    }

    /// <inheritdoc/>
    public override bool TryReadPort(int sizeBytes, out uint value)
    {
        ushort port = (ushort)vcpu.ReadRegister(Dx);
        value = vcpu.Devices!.ReadPort(port, sizeBytes);
        DebugTraps.PortDone(vcpu, port, sizeBytes);
        return Remember(port, value);
    }

    /// <inheritdoc/>
    public override bool TryWritePort(int sizeBytes, uint value)
    {
        ushort port = (ushort)vcpu.ReadRegister(Dx);
        vcpu.Devices!.WritePort(port, sizeBytes, value & (uint)OperandSize.Mask(sizeBytes));
        DebugTraps.PortDone(vcpu, port, sizeBytes);
        return Remember(port, value);
    }

    private bool TryReadPart(GuestPhysicalAddress address, Span<byte> value)
    {
        if (value.IsEmpty || vcpu.Domain.Memory.TryCopyIn(address, value))
        {
            return true;
        }

        while (!value.IsEmpty)
        {
            int size = PartBytes(value.Length);
            ulong answer = vcpu.Devices!.ReadMemory(address, size);
            _ = Remember(address.Value, answer); // always true
            for (int i = 0; i < size; i++)
            {
                value[i] = (byte)(answer >> (8 * i));
            }

            value = value[size..];
            address = address.Add((ulong)size);
        }

        return true;
    }

    private bool TryWritePart(GuestPhysicalAddress address, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty || vcpu.Domain.Memory.TryCopyOut(address, value))
        {
            return true;
        }

        while (!value.IsEmpty)
        {
            int size = PartBytes(value.Length);
            ulong part = 0;
            for (int i = 0; i < size; i++)
            {
                part |= (ulong)value[i] << (8 * i);
            }

            vcpu.Devices!.WriteMemory(address, size, part);
            _ = Remember(address.Value, part); // always true
            value = value[size..];
            address = address.Add((ulong)size);
        }

        return true;
    }

    // The largest access that devices know and that still fits.
    private static int PartBytes(int bytes) => 1 << BitOperations.Log2((uint)Math.Min(bytes, QuestionBytes));

    // For the exit's record.
    private bool Remember(ulong address, ulong value)
    {
        ref ExitArguments arguments = ref vcpu.History.LatestArguments;
        arguments.Address = address;
        arguments.Value = value;
        return true;
    }

    private bool TryTranslate(ulong linear, bool write, out GuestPhysicalAddress address)
    {
        bool user = GuestPaging.IsUser();
        bool isFound = GuestPaging.TryTranslate(vcpu.Domain.Memory, linear, write, user, out address, out uint errorCode);
        if (isFound && !PageUse.TryMark(vcpu.Domain.Memory, linear, write, !user && RefusesUserPages()))
        {
            errorCode |= ProtectionViolation;
            isFound = false;
        }

        return isFound || Note(Injection.PageFault(vcpu, linear, errorCode));
    }

    // SMAP, unless RFLAGS.AC lifts it.
    private bool RefusesUserPages() =>
        (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & SupervisorAccessPrevention) != 0 && (vcpu.Registers->Rflags & AlignmentCheck) == 0;

    // Outside 64-bit mode addresses wrap at 4 GiB.
    private ulong Linear(ulong address) => _mode == CodeMode.Bits64 ? address : (uint)address;

    private bool IsAllowed(SegmentRegister segment, ulong offset, ulong linear, int sizeBytes, bool write) => _mode == CodeMode.Bits64
        ? IsCanonical(linear) && IsCanonical(linear + (ulong)sizeBytes - 1)
        : SegmentLimits.Allow((uint)segment, offset, sizeBytes, write);

    // In 64-bit mode only FS and GS have a base.
    private ulong SegmentBase(SegmentRegister segment) => _mode == CodeMode.Bits64 && segment < SegmentRegister.Fs
        ? 0
        : CurrentVmcs.Read(VmcsGuestNatural.EsBase + ((uint)segment * 2));
}
