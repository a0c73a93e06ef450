namespace Multicosm.Devices.Apic;

/// <summary>Carries interrupt messages between the APICs of a board.</summary>
public sealed class ApicBus
{
    /// <summary>Local APICs that it connects.</summary>
    public const int MaxLocalApics = 64;

    /// <summary>I/O APICs that it connects.</summary>
    public const int MaxIoApics = 4;

    private readonly LocalApic[] _localApics = new LocalApic[MaxLocalApics];
    private readonly IoApic[] _ioApics = new IoApic[MaxIoApics];
    private int _localCount;
    private int _ioCount;

    /// <summary>Connects a local APIC; false if there is no room.</summary>
    public bool TryAdd(LocalApic apic)
    {
        if (_localCount == MaxLocalApics)
        {
            return false;
        }

        _localApics[_localCount] = apic;
        _localCount++;
        apic.Bus = this;
        return true;
    }

    /// <summary>Connects an I/O APIC, so that it hears of ends of interrupts; false if there is no room. Called by its constructor.</summary>
    internal bool TryAdd(IoApic ioApic)
    {
        if (_ioCount == MaxIoApics)
        {
            return false;
        }

        _ioApics[_ioCount] = ioApic;
        _ioCount++;
        return true;
    }

    /// <summary>Delivers <paramref name="message"/> to the APICs that it names; false if none of them took it.</summary>
    public bool Send(in ApicMessage message)
    {
        if (message.Mode == ApicDeliveryMode.LowestPriority)
        {
            return SendToLowest(in message);
        }

        bool accepted = false;
        for (int i = 0; i < _localCount; i++)
        {
            if (_localApics[i].IsTarget(in message))
            {
                accepted |= _localApics[i].Receive(in message);
            }
        }

        return accepted;
    }

    /// <summary>Delivers <paramref name="message"/> to all, whatever its destination, except <paramref name="excluded"/>.</summary>
    public void SendToAll(in ApicMessage message, LocalApic? excluded)
    {
        for (int i = 0; i < _localCount; i++)
        {
            if (_localApics[i] != excluded)
            {
                _ = _localApics[i].Receive(in message); // a software-disabled APIC refuses: nobody to tell
            }
        }
    }

    /// <summary>Tells the I/O APICs that a level-triggered interrupt with <paramref name="vector"/> has ended.</summary>
    public void BroadcastEndOfInterrupt(byte vector)
    {
        for (int i = 0; i < _ioCount; i++)
        {
            _ioApics[i].EndOfInterrupt(vector);
        }
    }

    private bool SendToLowest(in ApicMessage message)
    {
        int best = -1;
        for (int i = 0; i < _localCount; i++)
        {
            LocalApic apic = _localApics[i];
            if (apic.IsSoftwareEnabled && apic.IsTarget(in message) && (best < 0 || apic.ProcessorPriority < _localApics[best].ProcessorPriority))
            {
                best = i;
            }
        }

        return best >= 0 && _localApics[best].Receive(in message);
    }
}
