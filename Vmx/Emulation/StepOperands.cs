using System;
using Multicosm.Decoder;
using Multicosm.Decoder.Access;
using Multicosm.Machine;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <summary>Where the memory operands of the instruction lie that a <see cref="GuestStep"/> has the guest execute, as linear addresses.</summary>
/// <source>SDM 3A, "Segment Registers"</source>
internal sealed unsafe class StepOperands
{
    private const ulong PageOffset = 4095;
    private const int MaximumLength = 15;
    private const int Rax = 0;
    private const uint Big = 1 << 14;

    private readonly byte[] _code = new byte[MaximumLength];
    private int _codeBytes;
    private VmxVcpu? _vcpu;
    private CodeMode _mode;
    private MemoryAccess _access;
    private ulong _linear;
    private ulong _stack;
    private int _sizeBytes;

    /// <summary>Starts with the instruction at RIP, or the part of it that is in RAM.</summary>
    public void Begin(VmxVcpu vcpu)
    {
        _vcpu = vcpu;
        _ = vcpu.Code.Fetch(); // finds out the mode; what it decodes may be missing
        _mode = vcpu.Code.Mode;
        _codeBytes = vcpu.Code.Copy(_code);
        _access = default;
        _sizeBytes = 0;
    }

    /// <summary>Bytes of the instruction that are not known yet.</summary>
    public int MissingBytes => MaximumLength - _codeBytes;

    /// <summary>More of the instruction, from where there is no RAM.</summary>
    public void AddCode(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_code.AsSpan(_codeBytes));
        _codeBytes += bytes.Length;
    }

    /// <summary>Finds the operands; false if the instruction has none that are known.</summary>
    public bool TryFind()
    {
        ReadOnlySpan<byte> code = _code.AsSpan(0, _codeBytes);
        if (AccessDecoder.TryDecode(code, _mode, out _access) != DecodeStatus.Success && !TryConvert(code))
        {
            _access = default;
            _sizeBytes = 0;
            return false;
        }

        _sizeBytes = _access.SizeBytes == MemoryAccess.ExtendedState ? (int)InstructionExits.EnabledAreaBytes(_vcpu!) : _access.SizeBytes;
        _linear = Linear(_access.Memory.Segment, Offset());
        _stack = StackTop();
        return true;
    }

    /// <summary>Shows the parts of the operands that lie in the page of <paramref name="linear"/>, whose scratch page is <paramref name="page"/>; false if there are none.</summary>
    public bool TryShow(StepMemory memory, byte* page, GuestPhysicalAddress address, ulong linear)
    {
        int stackBytes = Math.Abs(_access.StackBytes);
        bool isPush = _access.StackBytes < 0;
        bool hasOperand = TryShowPart(memory, page, address, linear, _linear, _sizeBytes, _access.IsRead, _access.IsWritten);
        return TryShowPart(memory, page, address, linear, _stack, stackBytes, !isPush, isPush) || hasOperand;
    }

    /// <summary>Where the operand begins, for an exit that does not say it.</summary>
    public ulong First => _sizeBytes != 0 ? _linear : _stack;

    // What the executor does elsewhere is needed here where its code is no RAM; string instructions have other operands.
    private bool TryConvert(ReadOnlySpan<byte> code)
    {
        DecodeStatus status = InstructionDecoder.TryDecode(code, _mode, out Instruction instruction);
        if (status != DecodeStatus.Success || instruction.Operation is (>= Operation.MoveString and <= Operation.ScanString))
        {
            return false;
        }

        int size = instruction.MemorySizeBytes;
        _access = new MemoryAccess
        {
            Length = instruction.Length,
            Memory = instruction.Memory,
            SizeBytes = size,
            IsRead = instruction.Direction != Direction.Store,
            IsWritten = instruction.Direction != Direction.Load,
            StackBytes = instruction.Operation switch
            {
                Operation.Push or Operation.Call => -size,
                Operation.Pop => size,
                _ => 0,
            },
        };
        return true;
    }

    private static bool TryShowPart(StepMemory memory, byte* page, GuestPhysicalAddress address, ulong linear, ulong first, int sizeBytes, bool isRead, bool isWritten)
    {
        ulong pageStart = linear & ~PageOffset;
        ulong skipped = pageStart > first ? pageStart - first : 0;
        ulong start = first + skipped;
        if (skipped >= (ulong)sizeBytes || (start & ~PageOffset) != pageStart)
        {
            return false;
        }

        int bytes = (int)Math.Min((ulong)sizeBytes - skipped, PageOffset + 1 - (start & PageOffset));
        GuestPhysicalAddress place = new((address.Value & ~PageOffset) | (start & PageOffset));
        return memory.TryShow(page, place, bytes, isRead, isWritten, ifChanged: false);
    }

    private ulong Offset()
    {
        ref MemoryOperand memory = ref _access.Memory;
        VmxVcpu vcpu = _vcpu!;
        ulong offset = (ulong)memory.Displacement + (_access.AddsAccumulator ? (byte)vcpu.ReadRegister(Rax) : 0ul);
        offset += memory.Base switch
        {
            MemoryOperand.NoRegister => 0,
            MemoryOperand.InstructionPointer => vcpu.Registers->Rip + _access.Length,
            _ => vcpu.ReadRegister(memory.Base),
        };
        if (memory.Index != MemoryOperand.NoRegister)
        {
            offset += vcpu.ReadRegister(memory.Index) * memory.Scale;
        }

        return offset & OperandSize.Mask(memory.AddressSizeBytes);
    }

    private ulong StackTop()
    {
        bool isWide = _mode == CodeMode.Bits64 || (CurrentVmcs.Read(VmcsGuest32.SsAccessRights) & Big) != 0;
        ulong top = _vcpu!.ReadRegister(VmxVcpu.Rsp) + (ulong)Math.Min(_access.StackBytes, 0);
        return Linear(SegmentRegister.Ss, _mode == CodeMode.Bits64 ? top : isWide ? (uint)top : (ushort)top);
    }

    private ulong Linear(SegmentRegister segment, ulong offset)
    {
        bool is64 = _mode == CodeMode.Bits64;
        ulong first = is64 && segment < SegmentRegister.Fs ? 0 : CurrentVmcs.Read(VmcsGuestNatural.EsBase + ((uint)segment * 2));
        return is64 ? first + offset : (uint)(first + offset);
    }
}
