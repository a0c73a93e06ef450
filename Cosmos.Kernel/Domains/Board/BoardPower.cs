using Multicosm.Machine;

namespace Multicosm.Domains.Board;

/// <summary>Remembers the guest's first power request until the manager acts on it, and ends the run for it.</summary>
public sealed class BoardPower(DeviceSpace devices) : GuestPower
{
    /// <summary>What the guest asked for.</summary>
    public PowerRequest Request { get; private set; }

    /// <summary>What the guest wrote to the debug exit port; null if it did not.</summary>
    public uint? ExitValue { get; private set; }

    /// <inheritdoc/>
    public override void Exit(uint value)
    {
        if (Request == PowerRequest.None)
        {
            ExitValue = value;
        }

        Ask(PowerRequest.PowerOff);
    }

    /// <inheritdoc/>
    public override void PowerOff() => Ask(PowerRequest.PowerOff);

    /// <inheritdoc/>
    public override void Reset() => Ask(PowerRequest.Reset);

    /// <summary>Forgets the request.</summary>
    public void Clear()
    {
        Request = PowerRequest.None;
        ExitValue = null;
        devices.EndsRun = false;
    }

    private void Ask(PowerRequest request)
    {
        if (Request == PowerRequest.None)
        {
            Request = request;
            devices.EndsRun = true;
        }
    }
}
