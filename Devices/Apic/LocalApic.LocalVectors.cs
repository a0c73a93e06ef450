namespace Multicosm.Devices.Apic;

/// <content>The local vector table: LINT0, LINT1, timer and error.</content>
public sealed partial class LocalApic
{
    private void OnLint(int lvt, bool asserted, bool rises)
    {
        uint entry = _registers.Read(lvt);
        bool isLevel = (entry & LvtLevel) != 0 && ((entry >> 8) & 7) == (uint)ApicDeliveryMode.Fixed;
        if (asserted && (rises || isLevel))
        {
            DeliverLocal(lvt);
        }

        Update();
    }

    private void EndLint(int lvt, bool asserted, byte vector)
    {
        uint entry = _registers.Read(lvt);
        if ((entry & LvtRemoteIrr) != 0 && (byte)entry == vector)
        {
            SetRemoteIrr(lvt, false);
            _registers.Write(lvt, entry & ~LvtRemoteIrr);
            OnLint(lvt, asserted, rises: false);
        }
    }

    private void DeliverLocal(int lvt)
    {
        uint entry = _registers.Read(lvt);
        if ((entry & (LvtMasked | LvtRemoteIrr)) != 0)
        {
            return;
        }

        // The timer and error entries have no delivery mode: their bits 10:8 read 0, which is Fixed.
        switch ((ApicDeliveryMode)((entry >> 8) & 7))
        {
            case ApicDeliveryMode.Fixed:
                bool isLevel = (entry & LvtLevel) != 0;
                if (Accept((byte)entry, isLevel) && isLevel)
                {
                    SetRemoteIrr(lvt, true);
                    _registers.Write(lvt, entry | LvtRemoteIrr);
                }

                break;
            case ApicDeliveryMode.Nmi:
                IsNmiPending = true;
                break;
            case ApicDeliveryMode.Init:
                IsInitPending = true;
                break;
            default:
                break; // ExtINT is a level, not an event; SMI has no taker
        }
    }

    // Kept here too: a guest's write to a page that the processor shares may have changed the read-only bit in it.
    private bool HasRemoteIrr(int lvt) => (_remoteIrr >> (lvt >> 4) & 1) != 0;

    private void SetRemoteIrr(int lvt, bool value) => _remoteIrr = value ? _remoteIrr | (1UL << (lvt >> 4)) : _remoteIrr & ~(1UL << (lvt >> 4));
}
