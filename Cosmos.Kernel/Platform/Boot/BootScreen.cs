using Multicosm.Platform.Cpu;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Screen;

namespace Multicosm.Platform.Boot;

/// <summary>Takes the screen over from the boot loader: first through the start-up tables, then through the final ones.</summary>
internal static unsafe class BootScreen
{
    private const ulong FourGiB = 1UL << 32;

    /// <summary>Begins to show text. The start-up tables show the first 4 GiB; a screen above them is dark until the final ones stand.</summary>
    public static void Start()
    {
        ref readonly FrameBufferRecord buffer = ref BootInformation.FrameBuffer;
        if (!CanLieThere(in buffer, HostCpuid.PhysicalAddressEnd))
        {
            BootInformation.ForgetFrameBuffer();
        }
        else if (EndsBelow(in buffer, FourGiB))
        {
            Start(DirectMap.Pointer(buffer.Address));
        }
    }

    /// <summary>
    /// False if what the loader says would paint over something else: a screen beyond <paramref name="physicalEnd"/>, the end of the CPU's
    /// addresses, or in a range that the memory map calls RAM.
    /// </summary>
    public static bool CanLieThere(in FrameBufferRecord buffer, ulong physicalEnd)
    {
        if (buffer.Kind == FrameBufferKind.None)
        {
            return true;
        }

        bool isFree = EndsBelow(in buffer, physicalEnd);
        for (int i = 0; i < BootInformation.RangeCount; i++)
        {
            MemoryRange range = BootInformation.Range(i);
            isFree &= range.Type != MemoryRange.Ram || buffer.Address >= range.End || range.Start >= buffer.Address + buffer.Bytes;
        }

        return isFree;
    }

    /// <summary>Gives the screen its place in the final tables; null if there is no screen to paint, or no memory for tables.</summary>
    public static byte* Map(MmioWindow mmio)
    {
        ref readonly FrameBufferRecord buffer = ref BootInformation.FrameBuffer;
        return ScreenGeometry.Of(in buffer).Rows != 0 ? mmio.MapScreen(buffer.Address, buffer.Bytes) : null;
    }

    /// <summary>Goes on at <paramref name="memory"/>, now that the final tables are in use.</summary>
    public static void Move(byte* memory)
    {
        if (memory != null && !HostScreen.IsStarted)
        {
            Start(memory);
        }

        HostScreen.Move(memory);
    }

    private static bool EndsBelow(in FrameBufferRecord buffer, ulong end) => buffer.Address < end && buffer.Bytes <= end - buffer.Address;

    private static void Start(byte* memory)
    {
        ScreenGeometry geometry = ScreenGeometry.Of(in BootInformation.FrameBuffer);
        if (geometry.Rows == 0)
        {
            return;
        }

        HostScreen.Start(memory, in geometry);
        if (geometry.IsText)
        {
            HideCursor();
        }
    }

    // A VGA's cursor would invite to type.
    private static void HideCursor()
    {
        const ushort Controller = 0x3D4;
        const byte CursorStart = 0x0A;
        const byte CursorOff = 0x20;
        CpuInstructions.Out8(Controller, CursorStart);
        CpuInstructions.Out8(Controller + 1, CursorOff);
    }
}
