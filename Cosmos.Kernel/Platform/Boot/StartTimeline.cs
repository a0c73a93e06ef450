using System;
using System.Runtime.CompilerServices;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Boot;

/// <summary>How long each part of start-up took, in TSC ticks. Parts are marked when they end, from the loader's hand-over on, without allocation.</summary>
public static unsafe class StartTimeline
{
    private const int Maximum = 24;

    private static PartStorage s_parts;

    /// <summary>Parts marked.</summary>
    public static int Count { get; private set; }

    /// <summary>Ticks from the loader's hand-over to the last mark.</summary>
    public static ulong TotalTicks => Count == 0 ? 0 : s_parts[Count - 1].End - KernelImage.HandOverTicks;

    /// <summary>Name of part <paramref name="index"/>.</summary>
    public static ReadOnlySpan<byte> Name(int index) => new(s_parts[index].Name, s_parts[index].NameLength);

    /// <summary>Ticks of part <paramref name="index"/>.</summary>
    public static ulong Ticks(int index) => s_parts[index].End - (index == 0 ? KernelImage.HandOverTicks : s_parts[index - 1].End);

    /// <summary>Ends the part <paramref name="name"/>, a literal, now; the next one begins. Marks that do not fit are left out.</summary>
    public static void Mark(ReadOnlySpan<byte> name)
    {
        if (Count == Maximum)
        {
            return;
        }

        // Safe because a literal lies in the image and never moves.
        fixed (byte* text = name)
        {
            s_parts[Count++] = new Part { Name = text, NameLength = name.Length, End = CpuInstructions.ReadTimeStamp() };
        }
    }

    private struct Part
    {
        public byte* Name;
        public int NameLength;
        public ulong End;
    }

    [InlineArray(Maximum)]
    private struct PartStorage
    {
        private Part _first;
    }
}
