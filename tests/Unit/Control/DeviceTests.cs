using System.IO;
using System.Text;
using Multicosm.Control;
using Xunit;

namespace Multicosm.Unit.Control;

/// <summary>mc over a serial device.</summary>
public sealed class DeviceTests
{
    [Fact]
    public void A_device_is_set_and_spoken_over()
    {
        using FakeManager manager = new();
        using PseudoTerminal terminal = new(manager.Port);
        MemoryStream output = new();
        ControlConsole console = new() { Output = output, Errors = new StringWriter(), Input = Stream.Null, HasTerminal = false };
        using (FileStream other = new(terminal.Name, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(3, Program.Run(["--device", terminal.Name, "list"], console, SerialLines.Open));
            Assert.Contains("used by another process", console.Errors.ToString());
        }

        console = new() { Output = output, Errors = new StringWriter(), Input = Stream.Null, HasTerminal = false };
        int code = Program.Run(["--device", terminal.Name, "create", "debian"], console, SerialLines.Open);
        Assert.Equal("0 ", $"{code} {console.Errors}");
        Assert.Equal("domain \"debian\" started, id 1\n", Encoding.ASCII.GetString(output.ToArray()));
        Assert.Contains("speed 115200 baud", terminal.Settings());
        Assert.Contains("-icanon", terminal.Settings());
    }
}
