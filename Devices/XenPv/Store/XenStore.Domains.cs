using System;
using Multicosm.Machine;

namespace Multicosm.Devices.XenPv.Store;

/// <content>What the manager writes for a domain, and asks of it.</content>
public sealed partial class XenStore
{
    private const int LongestOwnPath = 128;

    /// <summary>Fills the part of a domain whose connection is open with what it finds there at its start; <see cref="StoreError.NoSpace"/> if the name is too long.</summary>
    public StoreError Describe(in StoreDomain domain)
    {
        StoreWriter writer = new(this, domain.Number, stackalloc byte[LongestOwnPath], stackalloc byte[LongestOwnPath]);
        writer.Text("name"u8, domain.Name);
        writer.Number("domid"u8, domain.Number);
        writer.Number("memory/target"u8, domain.MemoryKilobytes);
        writer.Number("memory/static-max"u8, domain.MemoryKilobytes);
        writer.Number("console/ring-ref"u8, domain.ConsoleFrame);
        writer.Number("console/port"u8, domain.ConsolePort);
        writer.Text("console/type"u8, "xenconsoled"u8);
        writer.Number("console/limit"u8, 1 << 20);
        writer.Text("console/tty"u8, []);
        writer.Number("store/ring-ref"u8, domain.StoreFrame);
        writer.Number("store/port"u8, domain.StorePort);
        writer.Text("device"u8, []);
        writer.Text("control/platform-feature-multiprocessor-suspend"u8, "1"u8);
        for (int i = 0; i < domain.VcpuCount; i++)
        {
            writer.Online(i);
        }

        writer.Own("control/shutdown"u8);
        writer.Own("control/feature-poweroff"u8);
        writer.Own("control/feature-reboot"u8);
        writer.Own("control/feature-suspend"u8);
        writer.Own("control/sysrq"u8);
        writer.Own("data"u8);
        writer.Own("drivers"u8);
        writer.Own("feature"u8);
        writer.Own("attr"u8);
        writer.Own("error"u8);
        return writer.Error;
    }

    /// <summary>
    /// Asks the guest of <paramref name="domain"/> to stop, by control/shutdown: power-off, reboot or suspend. False if it does not watch
    /// for that, or has no connection: then it will not hear.
    /// </summary>
    public bool RequestShutdown(ushort domain, GuestPowerReason reason)
    {
        XenStoreConnection? connection = Connection(domain);
        if (connection is null)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[LongestOwnPath];
        StorePathBuilder path = new(bytes);
        path.Add(StorePath.Domains);
        path.Add(domain);
        path.Add("/control/shutdown"u8);
        ReadOnlySpan<byte> word = reason switch
        {
            GuestPowerReason.Reboot => "reboot"u8,
            GuestPowerReason.Suspend => "suspend"u8,
            GuestPowerReason.Crash => "crash"u8,
            _ => "poweroff"u8,
        };
        bool isHeard = connection.Watches(path.Text);
        return Write(path.Text, word) == StoreError.None && isHeard;
    }
}
