namespace Multicosm.Devices.Apic;

/// <content>The registers, in the form that both the page and the MSRs use.</content>
public sealed partial class LocalApic
{
    private const uint SpuriousBits = 0x13FF; // vector, enable, focus checking (as it was written), suppression of EOI broadcasts
    private const uint IcrLogical = 0x800;
    private const uint IcrAssert = 0x4000;
    private const uint IcrLevel = 0x8000;
    private const uint IcrDeliveryStatus = 0x1000;

    /// <summary>True unless IA32_APIC_BASE has switched the APIC off.</summary>
    internal bool IsEnabled { get; private set; }

    /// <summary>True in x2APIC mode.</summary>
    internal bool IsX2Apic { get; private set; }

    /// <summary>The register at <paramref name="offset"/>; 0, and an error noted, if there is none.</summary>
    internal uint ReadRegister(int offset)
    {
        switch (offset)
        {
            case ApicRegister.ProcessorPriority or ApicRegister.ArbitrationPriority:
                return ProcessorPriority;
            case ApicRegister.CurrentCount:
                return _timer.CurrentCount();
            case ApicRegister.EndOfInterrupt:
                return 0;
            case >= ApicRegister.InService and < ApicRegister.TriggerMode:
                return _inService.Word((offset - ApicRegister.InService) >> 4);
            case >= ApicRegister.TriggerMode and < ApicRegister.InterruptRequest:
                return _levelTriggered.Word((offset - ApicRegister.TriggerMode) >> 4);
            case >= ApicRegister.InterruptRequest and < ApicRegister.ErrorStatus:
                return _request.Word((offset - ApicRegister.InterruptRequest) >> 4);
            default:
                break;
        }

        if (!ApicRegister.Exists(offset))
        {
            RaiseError(ErrorIllegalRegister);
            return 0;
        }

        return _registers.Read(offset);
    }

    /// <summary>Writes the register at <paramref name="offset"/>; read-only ones do not change.</summary>
    internal void WriteRegister(int offset, uint value)
    {
        switch (offset)
        {
            case ApicRegister.TaskPriority:
                _registers.Write(offset, value & 0xFF);
                Update();
                break;
            case ApicRegister.EndOfInterrupt:
                EndOfInterrupt();
                break;
            case ApicRegister.Id:
                _registers.Write(offset, Id << 24); // a processor that shares the page has stored what the guest wrote
                break;
            case ApicRegister.LogicalDestination:
                _registers.Write(offset, value & 0xFF00_0000);
                break;
            case ApicRegister.DestinationFormat:
                _registers.Write(offset, value | 0x0FFF_FFFF);
                break;
            case ApicRegister.SpuriousVector:
                WriteSpuriousVector(value);
                break;
            case ApicRegister.ErrorStatus:
                _registers.Write(offset, _errors);
                _errors = 0;
                break;
            case ApicRegister.InterruptCommandLow:
                _registers.Write(offset, value & ~IcrDeliveryStatus);
                SendInterprocessor(value, FromXApicId(_registers.Read(ApicRegister.InterruptCommandHigh) >> 24, value));
                break;
            case ApicRegister.InterruptCommandHigh:
                _registers.Write(offset, value & 0xFF00_0000);
                break;
            case >= ApicRegister.LvtTimer and <= ApicRegister.LvtError:
                WriteLvt(offset, value);
                break;
            case ApicRegister.InitialCount:
                if (_timer.TryStart(value))
                {
                    _registers.Write(offset, value);
                }

                break;
            case ApicRegister.DivideConfiguration:
                _registers.Write(offset, value & 0xB);
                _timer.SetDivide(value & 0xB);
                break;
            default:
                if (!ApicRegister.Exists(offset))
                {
                    RaiseError(ErrorIllegalRegister);
                }

                break;
        }
    }

    /// <summary>ICR: sends an interrupt to other processors or to this one.</summary>
    internal void SendInterprocessor(uint command, uint destination)
    {
        ApicDeliveryMode mode = (ApicDeliveryMode)((command >> 8) & 7);
        byte vector = (byte)command;
        bool carriesVector = mode is ApicDeliveryMode.Fixed or ApicDeliveryMode.LowestPriority;
        if (carriesVector && vector < LowestLegalVector)
        {
            RaiseError(ErrorSendIllegalVector);
            return;
        }

        if (mode == ApicDeliveryMode.Init && (command & (IcrAssert | IcrLevel)) == IcrLevel)
        {
            return; // INIT level de-assert: no processor since the P6 family acts on it
        }

        ApicMessage message = new(mode, vector, destination, (command & IcrLogical) != 0, isLevel: false);
        switch ((command >> 18) & 3)
        {
            case 0:
                _ = Bus?.Send(in message); // nobody there: the sender learns it from nothing
                break;
            case 1:
                if (carriesVector)
                {
                    SendToSelf(vector);
                }

                break;
            case 2:
                Bus?.SendToAll(in message, excluded: null);
                break;
            default:
                Bus?.SendToAll(in message, excluded: this);
                break;
        }
    }

    private void SendToSelf(byte vector)
    {
        if (vector < LowestLegalVector)
        {
            RaiseError(ErrorSendIllegalVector);
        }
        else
        {
            _ = Accept(vector, isLevel: false); // refused while software-disabled, as from anywhere
        }
    }

    private static uint FromXApicId(uint id, uint command) => id == 0xFF && (command & IcrLogical) == 0 ? ApicMessage.Broadcast : id;

    private void ResetRegisters()
    {
        _registers.Clear();
        _registers.Write(ApicRegister.Id, Id << 24);
        _registers.Write(ApicRegister.Version, VersionValue);
        _registers.Write(ApicRegister.DestinationFormat, 0xFFFF_FFFF);
        _registers.Write(ApicRegister.SpuriousVector, 0xFF);
        _isSwitchedOn = false;
        UpdateMode();
        MaskLocalVectors();
        _errors = 0;
        _remoteIrr = 0;
        _request.Clear();
        _inService.Clear();
        _levelTriggered.Clear();
        _timer.Reset();
        Update();
    }

    private void MaskLocalVectors()
    {
        for (int offset = ApicRegister.LvtTimer; offset <= ApicRegister.LvtError; offset += 0x10)
        {
            _registers.Write(offset, _registers.Read(offset) | LvtMasked);
        }
    }

    private void WriteSpuriousVector(uint value)
    {
        _registers.Write(ApicRegister.SpuriousVector, value & SpuriousBits);
        _isSwitchedOn = (value & SoftwareEnable) != 0;
        UpdateMode();
        if ((value & SoftwareEnable) == 0)
        {
            MaskLocalVectors();
        }

        Update();
    }

    private void WriteLvt(int offset, uint value)
    {
        uint entry = (value & ApicRegister.LvtMask(offset)) | (IsSoftwareEnabled ? 0 : LvtMasked);
        if ((entry & LvtLevel) == 0)
        {
            SetRemoteIrr(offset, false); // an edge-triggered entry has none
        }

        entry |= HasRemoteIrr(offset) ? LvtRemoteIrr : 0;

        _registers.Write(offset, entry);
        switch (offset)
        {
            case ApicRegister.LvtTimer:
                _timer.SetMode((ApicTimerMode)((entry >> 17) & 3));
                break;
            case ApicRegister.LvtLint0:
                OnLint(offset, _lint0, rises: false);
                break;
            case ApicRegister.LvtLint1:
                OnLint(offset, _lint1, rises: false);
                break;
            default:
                break;
        }
    }
}
