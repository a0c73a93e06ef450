using Multicosm.Machine;

namespace Multicosm.Management.Protocol;

/// <summary>The PC as JSON members.</summary>
internal static class HostData
{
    /// <summary>The host's clock: ticks since power-on, and how many make a second.</summary>
    public static void WriteClock(JsonWriter writer, ShellContext context)
    {
        writer.Member("ticks"u8, context.Host.Clock.Now);
        writer.Member("hertz"u8, context.Host.Clock.TicksPerSecond);
    }

    /// <summary>Memory in bytes: all that there is, and what nobody has.</summary>
    public static void WriteMemory(JsonWriter writer, ShellContext context)
    {
        FrameSource frames = context.Host.Frames;
        writer.Name("memory"u8);
        writer.OpenObject();
        writer.Member("total"u8, frames.TotalBytes);
        writer.Member("free"u8, frames.FreeBytes);
        writer.Member("arena"u8, context.Host.Window.UsedBytes);
        writer.CloseObject();
    }

    /// <summary>Which hypervisor this is and what it speaks.</summary>
    public static void WriteVersion(JsonWriter writer, ShellContext context)
    {
        writer.Member("version"u8, context.Info.Version);
        writer.Member("protocol"u8, MachineSession.ProtocolNumber);
    }
}
