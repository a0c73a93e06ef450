using System;
using Multicosm.Platform.Boot;

namespace Multicosm.Platform.Panic;

/// <summary>Names of the image's methods. The build puts the table behind the code: count, code end, then (offset, name offset) pairs, then names with a length byte.</summary>
public static unsafe class SymbolTable
{
    /// <summary>The method that holds <paramref name="address"/>, UTF-8; empty if it is not code.</summary>
    public static ReadOnlySpan<byte> Find(ulong address, out ulong offset)
    {
        offset = 0;
        uint* table = (uint*)KernelImage.SymbolsStart;
        uint count = table[0];
        if (count == 0 || address < KernelImage.TextStart || address >= KernelImage.TextEnd)
        {
            return default;
        }

        uint wanted = (uint)(address - KernelImage.TextStart);
        uint low = 0;
        uint high = count;
        while (high - low > 1)
        {
            uint middle = (low + high) / 2;
            if (table[1 + (middle * 2)] <= wanted)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        offset = wanted - table[1 + (low * 2)];
        byte* name = (byte*)table + table[2 + (low * 2)];
        return new ReadOnlySpan<byte>(name + 1, *name);
    }

    /// <summary>True if <paramref name="address"/> lies in a method of the project, not in CoreLib or assembly.</summary>
    public static bool IsOwnCode(ulong address) => Find(address, out _).StartsWith("Multicosm."u8);
}
