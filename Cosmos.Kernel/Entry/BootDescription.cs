using Multicosm.Machine;
using Multicosm.Platform.Acpi;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Screen;
using Multicosm.Platform.Serial;

namespace Multicosm.Entry;

/// <summary>What `info` prints of how this PC was started.</summary>
internal static class BootDescription
{
    /// <summary>A line each: firmware, ACPI, screen, serial line, kernel.</summary>
    public static void Write(TextOutput output, AcpiTables acpi)
    {
        output.WriteLine(BootInformation.IsUefi ? "firmware: UEFI"u8 : "firmware: BIOS"u8);
        WriteAcpi(output, acpi);
        WriteScreen(output, in BootInformation.FrameBuffer);
        output.Write("serial line: "u8);
        EarlySerial.WriteName(output);
        output.Write("\nkernel: loaded at 0x"u8);
        output.WriteHex(KernelImage.LoadAddress, 8);
        output.WriteLine(""u8);
    }

    private static void WriteAcpi(TextOutput output, AcpiTables acpi)
    {
        if (BootInformation.Rsdp.IsEmpty)
        {
            output.WriteLine("ACPI: none"u8);
            return;
        }

        output.Write("ACPI: revision "u8);
        output.WriteNumber(acpi.Revision);
        output.Write(acpi.IsExtended ? ", XSDT"u8 : ", RSDT"u8);
        output.WriteLine(BootInformation.IsRsdpNew ? ", RSDP from the boot loader (new)"u8 : ", RSDP from the boot loader (old)"u8);
    }

    private static void WriteScreen(TextOutput output, in FrameBufferRecord screen)
    {
        if (screen.Kind == FrameBufferKind.None)
        {
            output.WriteLine("screen: none"u8);
            return;
        }

        output.Write("screen: "u8);
        output.WriteNumber(screen.Width);
        output.Write("x"u8);
        output.WriteNumber(screen.Height);
        if (screen.Kind == FrameBufferKind.Text)
        {
            output.Write(" characters"u8);
        }
        else
        {
            output.Write(" pixels of "u8);
            output.WriteNumber(screen.BitsPerPixel);
            output.Write(" bits"u8);
        }

        output.Write(" at 0x"u8);
        output.WriteHex(screen.Address, 8);
        output.WriteLine(HostScreen.IsShown ? ""u8 : ", not used"u8);
    }
}
