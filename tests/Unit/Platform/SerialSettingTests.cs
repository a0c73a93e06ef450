using System.Text;
using FsCheck.Xunit;
using Multicosm.Platform.Serial;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>The value of serial=.</summary>
public sealed class SerialSettingTests
{
    [Theory]
    [InlineData("com1", 0x3F8, 1, 4)]
    [InlineData("com2", 0x2F8, 1, 3)]
    [InlineData("com2,57600", 0x2F8, 2, 3)]
    [InlineData("0x3e8,300", 0x3E8, 384, 0)]
    [InlineData("0xC010", 0xC010, 1, 0)]
    [InlineData("0x2F8,2", 0x2F8, 57600, 3)]
    public void AnIoPortIsRead(string text, int port, int divisor, int irq)
    {
        SerialSetting setting = SerialSetting.Default;
        Assert.True(SerialSetting.TryParse(Encoding.UTF8.GetBytes(text), ref setting));
        Assert.False(setting.IsPci);
        Assert.Equal(port, setting.Port);
        Assert.Equal(divisor, setting.Divisor);
        Assert.Equal(irq, SerialSetting.IrqOf(setting.Port));
    }

    [Theory]
    [InlineData("pci", false, 0, 0, 0, 115200)]
    [InlineData("pci,9600", false, 0, 0, 0, 9600)]
    [InlineData("pci:00:03.0", true, 0, 3, 0, 115200)]
    [InlineData("pci:1f:1A.7,38400", true, 0x1F, 0x1A, 7, 38400)]
    public void APciCardIsRead(string text, bool hasLocation, int bus, int device, int function, uint baud)
    {
        SerialSetting setting = SerialSetting.Default;
        Assert.True(SerialSetting.TryParse(Encoding.UTF8.GetBytes(text), ref setting));
        Assert.True(setting.IsPci);
        Assert.Equal(hasLocation, setting.HasLocation);
        Assert.Equal((bus, device, function), (setting.Bus, setting.Device, setting.Function));
        Assert.Equal(baud, setting.Baud);
    }

    [Theory]
    [InlineData("")]
    [InlineData("com")]
    [InlineData("COM1")]
    [InlineData("com3")]
    [InlineData("3f8")]
    [InlineData("0x")]
    [InlineData("0x80")] // the mainboard's own
    [InlineData("0xFFFF")]
    [InlineData("0x103f8")]
    [InlineData("0x3f8h")]
    [InlineData("com1,")]
    [InlineData("com1,115201")]
    [InlineData("com1,230400")]
    [InlineData("com1,7000")] // no divisor
    [InlineData("com1,0")]
    [InlineData("com1,1")] // needs more than 16 bits
    [InlineData("com1,-9600")]
    [InlineData("com1,9600n8")]
    [InlineData("pci:")]
    [InlineData("pci:00:20.0")]
    [InlineData("pci:00:03.8")]
    [InlineData("pci:00.03:0")]
    [InlineData("pci:100:03.0")]
    [InlineData("pcie")]
    public void SomethingElseIsRefusedAndChangesNothing(string text)
    {
        SerialSetting setting = SerialSetting.Default;
        Assert.False(SerialSetting.TryParse(Encoding.UTF8.GetBytes(text), ref setting));
        Assert.Equal(SerialSetting.Default, setting);
    }

    [Property(MaxTest = 2000)]
    public void AnyBytesAreAnswered(byte[] text)
    {
        SerialSetting setting = SerialSetting.Default;
        _ = SerialSetting.TryParse(text, ref setting);
        Assert.NotEqual(0, setting.Divisor);
    }
}
