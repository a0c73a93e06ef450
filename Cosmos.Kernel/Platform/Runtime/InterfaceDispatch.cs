using System.Runtime.InteropServices;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Runtime;

/// <summary>Finds the method behind an interface call: exact matches, not for hot paths (kernel code calls through abstract classes; CoreLib's collections need this).</summary>
internal static unsafe class InterfaceDispatch
{
    private const uint HasDispatchMap = 0x00040000;
    private const uint HasFinalizer = 0x00100000;

    /// <summary>Called by assembly: dispatch cell and MethodTable of the target; returns the code's address.</summary>
    [UnmanagedCallersOnly(EntryPoint = "resolve_interface")]
    public static nint Resolve(nint* cell, byte* methodTable)
    {
        nint* terminator = cell;
        while (*terminator != 0)
        {
            terminator += 2; // the run of cells ends with the slot number
        }

        int slot = (int)(terminator[1] & 0xFFFF);
        byte* wanted = Interface(cell);
        for (byte* type = methodTable; type != null; type = *(byte**)(type + 8))
        {
            if ((*(uint*)type & HasDispatchMap) != 0)
            {
                nint code = Search(type, methodTable, wanted, slot);
                if (code != 0)
                {
                    return code;
                }
            }
        }

        PanicScreen.Halt("no implementation of an interface method"u8, (ulong)methodTable);
        return 0;
    }

    private static byte* Interface(nint* cell)
    {
        nint tagged = cell[1];
        if ((tagged & 3) == 3)
        {
            return (byte*)((nint)((byte*)(cell + 1) + (int)tagged) & ~3); // relative pointer
        }

        if ((tagged & 3) != 1)
        {
            PanicScreen.Halt("unknown interface dispatch cell"u8, (ulong)tagged);
        }

        return (byte*)(tagged & ~3);
    }

    private static nint Search(byte* type, byte* methodTable, byte* wanted, int slot)
    {
        int virtualCount = *(ushort*)(type + 16);
        int interfaceCount = *(ushort*)(type + 18);
        int* optional = (int*)(type + 24 + (virtualCount * 8));
        nint* interfaces = (nint*)optional;
        optional += (interfaceCount * 2) + 2; // interface map, type manager indirection, writable data
        ushort* map = (ushort*)((byte*)optional + *optional);
        int entries = map[0] + map[1];
        for (int i = 0; i < entries; i++)
        {
            ushort* entry = map + 4 + (i * 3);
            if (entry[1] != slot || interfaces[entry[0]] != (nint)wanted)
            {
                continue;
            }

            int implementation = entry[2];
            if (implementation < virtualCount)
            {
                return *(nint*)(methodTable + 24 + (implementation * 8));
            }

            optional++; // past the dispatch map
            if ((*(uint*)type & HasFinalizer) != 0)
            {
                optional++;
            }

            int* sealedSlots = (int*)((byte*)optional + *optional) + (implementation - virtualCount);
            return (nint)((byte*)sealedSlots + *sealedSlots);
        }

        return 0;
    }
}
