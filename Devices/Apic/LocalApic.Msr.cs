namespace Multicosm.Devices.Apic;

/// <content>The model-specific registers: IA32_APIC_BASE, IA32_TSC_DEADLINE and the x2APIC range.</content>
public sealed partial class LocalApic
{
    /// <summary>IA32_APIC_BASE.</summary>
    public const uint ApicBaseMsr = 0x1B;

    /// <summary>IA32_TSC_DEADLINE.</summary>
    public const uint TscDeadlineMsr = 0x6E0;

    /// <summary>First of the x2APIC registers.</summary>
    public const uint FirstX2ApicMsr = 0x800;

    /// <summary>Last of the x2APIC registers.</summary>
    public const uint LastX2ApicMsr = 0x83F;

    private const uint EndOfInterruptMsr = 0x80B;
    private const uint SelfIpiMsr = 0x83F;
    private const ulong BaseBootstrap = 1 << 8;
    private const ulong BaseX2Apic = 1 << 10;
    private const ulong BaseEnable = 1 << 11;
    private const uint IcrReserved = 0xFFF3_2000;

    /// <inheritdoc/>
    public override bool TryReadMsr(uint index, out ulong value)
    {
        value = 0;
        switch (index)
        {
            case ApicBaseMsr:
                value = _base | (Id == 0 ? BaseBootstrap : 0) | (IsX2Apic ? BaseX2Apic : 0) | (IsEnabled ? BaseEnable : 0);
                return true;
            case TscDeadlineMsr:
                value = _timer.Deadline;
                return true;
            default:
                break;
        }

        int offset = OffsetOf(index);
        if (!IsX2Apic || !IsReadable(offset))
        {
            return false;
        }

        value = ReadRegister(offset);
        if (offset == ApicRegister.InterruptCommandLow)
        {
            value |= (ulong)_registers.Read(ApicRegister.InterruptCommandHigh) << 32;
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool TryWriteMsr(uint index, ulong value)
    {
        // What a guest writes for each interrupt comes first.
        if (index == EndOfInterruptMsr && IsX2Apic && value == 0)
        {
            EndOfInterrupt();
            return true;
        }

        if (index == SelfIpiMsr && IsX2Apic && value <= byte.MaxValue)
        {
            SendToSelf((byte)value);
            return true;
        }

        switch (index)
        {
            case ApicBaseMsr:
                return TryWriteBase(value);
            case TscDeadlineMsr:
                _timer.SetDeadline(value, TscOffset);
                return true;
            default:
                break;
        }

        int offset = OffsetOf(index);
        if (!IsX2Apic || !IsWritable(offset) || (value & ReservedBits(offset)) != 0)
        {
            return false;
        }

        switch (offset)
        {
            case ApicRegister.InterruptCommandLow:
                _registers.Write(ApicRegister.InterruptCommandLow, (uint)value & ~IcrDeliveryStatus);
                _registers.Write(ApicRegister.InterruptCommandHigh, (uint)(value >> 32));
                SendInterprocessor((uint)value, (uint)(value >> 32));
                break;
            default:
                WriteRegister(offset, (uint)value);
                break;
        }

        return true;
    }

    // Outside the range: an offset that is no register.
    private static int OffsetOf(uint index) => index is >= FirstX2ApicMsr and <= LastX2ApicMsr ? (int)(index - FirstX2ApicMsr) << 4 : 0;

    private static bool IsReadable(int offset) => ApicRegister.Exists(offset) && offset is not (ApicRegister.ArbitrationPriority
        or ApicRegister.EndOfInterrupt or ApicRegister.RemoteRead or ApicRegister.DestinationFormat or ApicRegister.InterruptCommandHigh);

    private static bool IsWritable(int offset) => offset is ApicRegister.TaskPriority or ApicRegister.EndOfInterrupt or ApicRegister.SpuriousVector
        or ApicRegister.ErrorStatus or ApicRegister.InterruptCommandLow or (>= ApicRegister.LvtTimer and <= ApicRegister.InitialCount)
        or ApicRegister.DivideConfiguration;

    // Bits that must be 0 in a write. Delivery status and remote IRR are read-only rather than reserved.
    private static ulong ReservedBits(int offset) => offset switch
    {
        ApicRegister.TaskPriority => ~0xFFUL,
        ApicRegister.SpuriousVector => ~(ulong)SpuriousBits,
        ApicRegister.InterruptCommandLow => IcrReserved,
        >= ApicRegister.LvtTimer and <= ApicRegister.LvtError => ~(ulong)(ApicRegister.LvtMask(offset) | IcrDeliveryStatus | LvtRemoteIrr),
        ApicRegister.InitialCount => ~0xFFFF_FFFFUL,
        ApicRegister.DivideConfiguration => ~0xBUL,
        _ => ulong.MaxValue, // EOI and ESR take 0 only
    };

    private bool TryMove(ulong address)
    {
        if (address != _base)
        {
            if (_memory is null || !_memory.TryMove(Page, address))
            {
                return false;
            }

            _base = address;
        }

        return true;
    }

    private bool TryWriteBase(ulong value)
    {
        bool enable = (value & BaseEnable) != 0;
        bool x2Apic = (value & BaseX2Apic) != 0;
        ulong address = value & ~(PageBytes - 1);
        bool isKnown = (value & (PageBytes - 1) & ~(BaseBootstrap | BaseX2Apic | BaseEnable)) == 0 && address >> AddressBits == 0;
        bool isLegal = x2Apic ? enable && IsEnabled : !enable || !IsX2Apic;
        if (!isKnown || !isLegal || !TryMove(address))
        {
            return false;
        }

        bool wasEnabled = IsEnabled;
        bool entersX2Apic = x2Apic && !IsX2Apic;
        IsEnabled = enable;
        IsX2Apic = x2Apic;
        if (enable != wasEnabled)
        {
            ResetRegisters(); // what was set before it was switched off is lost
        }
        else if (entersX2Apic)
        {
            _registers.Write(ApicRegister.Id, Id);
            _registers.Write(ApicRegister.LogicalDestination, ((Id >> 4) << 16) | (1u << (int)(Id & 15)));
        }

        UpdateMode();
        Update();
        return true;
    }
}
