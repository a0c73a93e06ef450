using System;
using Multicosm.Decoder;
using Multicosm.Decoder.Execution;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <summary>
/// Executes an instruction for a vCPU whose VMCS is current, and asks devices where its operands are not RAM. All operands are found, and their faults known,
/// before the first device is asked.
/// </summary>
/// <source>SDM 3A, "Paging", "Limit Checking" and "Control Registers"</source>
internal sealed unsafe partial class VmxProcessor(VmxVcpu vcpu) : EmulatedProcessor
{
    private const uint Big = 1 << 14;
    private const int PageBytes = 4096;
    private const ulong PageOffset = PageBytes - 1;
    private const ulong LinearAddress57 = 1 << 12;
    private const int Dx = 2;
    private const uint BlockingByMovSs = 2;

    private OperandLocation _explicit;
    private OperandLocation _implied;
    private CodeMode _mode;
    private ExitAction _action;
    private GuestPhysicalAddress _checked;
    private bool _isChecked;
    private bool _isCheckedForWrite;
    private bool _loadsStack;

    /// <inheritdoc/>
    public override CodeMode Mode => _mode;

    /// <inheritdoc/>
    public override ulong InstructionPointer => vcpu.Registers->Rip;

    /// <inheritdoc/>
    public override int StackAddressSizeBytes
    {
        get
        {
            if (_mode == CodeMode.Bits64)
            {
                return 8;
            }

            return (CurrentVmcs.Read(VmcsGuest32.SsAccessRights) & Big) != 0 ? 4 : 2;
        }
    }

    /// <inheritdoc/>
    public override ulong Flags
    {
        get => vcpu.Registers->Rflags;
        set
        {
            if (value != vcpu.Registers->Rflags)
            {
                vcpu.Registers->Rflags = value;
                CurrentVmcs.Write(VmcsGuestNatural.Rflags, value);
            }
        }
    }

    /// <inheritdoc/>
    public override bool HasTrailingZeroCount => HostCpuid.Read(0, 0).Eax >= 7 && (HostCpuid.Read(7, 0).Ebx & (1 << 3)) != 0;

    /// <inheritdoc/>
    public override bool HasLeadingZeroCount => (HostCpuid.Read(0x80000001, 0).Ecx & (1 << 5)) != 0;

    /// <summary>
    /// Starts an instruction whose access to <paramref name="address"/> has exited. The processor has checked that access by then: it is not done again
    /// where it is clear which operand it was.
    /// </summary>
    public ExitAction Start(CodeMode mode, GuestPhysicalAddress address, bool isWrite)
    {
        Operation operation = vcpu.Code.Instruction.Operation;
        _isChecked = operation is not (Operation.MoveString or Operation.CompareString or Operation.Push or Operation.Pop or Operation.Call);
        _isCheckedForWrite = isWrite;
        _checked = address;
        return Start(mode);
    }

    /// <summary>Starts an instruction whose memory nobody has looked at.</summary>
    public ExitAction StartUnchecked(CodeMode mode)
    {
        _isChecked = false;
        return Start(mode);
    }

    /// <summary>Where the instruction's memory operand begins in its page: enough to tell it from the second part of one that crosses a page border.</summary>
    public ulong OffsetInPage(CodeMode mode)
    {
        _mode = mode;
        ref Instruction instruction = ref vcpu.Code.Instruction;
        return (SegmentBase(instruction.Memory.Segment) + InstructionExecutor.Offset(this, in instruction)) & PageOffset;
    }

    /// <inheritdoc/>
    public override ulong ReadRegister(int number) => vcpu.ReadRegister(number);

    /// <inheritdoc/>
    public override void WriteRegister(int number, ulong value) => vcpu.WriteRegister(number, value);

    /// <inheritdoc/>
    public override ushort ReadSegment(SegmentRegister segment) => CurrentVmcs.Read(VmcsGuest16.EsSelector + ((uint)segment * 2));

    /// <inheritdoc/>
    public override bool TryLoadSegment(SegmentRegister segment, ushort selector)
    {
        _loadsStack = segment == SegmentRegister.Ss;
        return Note(SegmentLoads.Load(vcpu, segment, selector));
    }

    /// <inheritdoc/>
    public override ulong ReadMedia(int number) => VectorRegisters.ReadMedia(vcpu, number);

    /// <inheritdoc/>
    public override void WriteMedia(int number, ulong value) => VectorRegisters.WriteMedia(vcpu, number, value);

    /// <inheritdoc/>
    public override void ReadVector(int number, Span<byte> value) => VectorRegisters.Read(vcpu, number, value);

    /// <inheritdoc/>
    public override void WriteVector(int number, ReadOnlySpan<byte> value, bool clearsRest) => VectorRegisters.Write(vcpu, number, value, clearsRest);

    /// <inheritdoc/>
    public override bool TryCheckTarget(ulong target)
    {
        bool isAllowed = _mode == CodeMode.Bits64 ? IsCanonical(target) : target <= CurrentVmcs.Read(VmcsGuest32.CsLimit);
        return isAllowed || Raise(EmulatedException.GeneralProtection);
    }

    /// <inheritdoc/>
    public override bool Raise(EmulatedException exception)
    {
        return Note(exception switch
        {
            EmulatedException.DivideError => Injection.DivideError(vcpu),
            EmulatedException.InvalidOpcode => Injection.InvalidOpcode(vcpu),
            _ => Injection.GeneralProtection(vcpu),
        });
    }

    /// <inheritdoc/>
    public override void Complete(int length)
    {
        TrapOperands();
        vcpu.Advance((ulong)length);
        if (_loadsStack)
        {
            // No interrupt comes between SS and the stack pointer, which the next instruction loads.
            vcpu.Registers->Interruptibility = CurrentVmcs.Read(VmcsGuest32.Interruptibility) | BlockingByMovSs;
            CurrentVmcs.Write(VmcsGuest32.Interruptibility, (uint)vcpu.Registers->Interruptibility);
        }
    }

    /// <inheritdoc/>
    public override void Jump(ulong target)
    {
        TrapOperands();
        vcpu.Advance(target - vcpu.Registers->Rip);
        vcpu.SetBranchStep();
    }

    /// <inheritdoc/>
    public override void CompleteElement()
    {
        TrapOperands();
        vcpu.FinishElement();
    }

    private ExitAction Start(CodeMode mode)
    {
        _mode = mode;
        _loadsStack = false;
        _explicit.Bytes = 0;
        _implied.Bytes = 0;
        _action = ExitAction.Served;
        _ = InstructionExecutor.TryExecute(this, in vcpu.Code.Instruction); // what was not done has noted an action
        return _action;
    }

    /// <summary>The instruction's one operand was read or written: breakpoints on it become pending.</summary>
    public void TrapOperand(bool isWrite)
    {
        ref Instruction instruction = ref vcpu.Code.Instruction;
        _mode = vcpu.Code.Mode;
        ulong linear = Linear(SegmentBase(instruction.Memory.Segment) + InstructionExecutor.Offset(this, in instruction));
        DebugTraps.OperandDone(vcpu, linear, instruction.MemorySizeBytes, isWrite);
    }

    private void TrapOperands()
    {
        if (DebugTraps.HasBreakpoints())
        {
            DebugTraps.OperandDone(vcpu, _explicit.Linear, _explicit.Bytes, _explicit.IsWritten);
            DebugTraps.OperandDone(vcpu, _implied.Linear, _implied.Bytes, _implied.IsWritten);
        }
    }

    // A step that fails leaves what is to be done instead: enter with a fault queued, ask, crash. Advance means that it has not failed.
    private bool Note(ExitAction action)
    {
        if (action == ExitAction.Advance)
        {
            return true;
        }

        _action = action;
        return false;
    }

    private static bool IsCanonical(ulong linear)
    {
        int unused = (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & LinearAddress57) != 0 ? 7 : 16;
        return (ulong)((long)(linear << unused) >> unused) == linear;
    }
}
