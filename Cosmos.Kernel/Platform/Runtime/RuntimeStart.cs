using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Platform.Boot;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Runtime;

/// <summary>Does what the native bootstrapper would: static storage and eager constructors of the one linked module.</summary>
/// <source>.NET runtime, "ReadyToRun overview" and NativeAOT's module initialisation</source>
public static unsafe class RuntimeStart
{
    private const uint Signature = 0x00525452; // "RTR"
    private const int GcStaticsSection = 201;
    private const int EagerConstructorSection = 205;

    /// <summary>Prepares managed code. The arena must have room; nothing before this may allocate or touch a static that holds a reference.</summary>
    public static void Initialise()
    {
        ModuleHeader* header = *(ModuleHeader**)KernelImage.ModulesStart;
        if (header->Signature != Signature || header->Major != 16 || header->EntrySize != sizeof(ModuleSection))
        {
            PanicScreen.Halt("unknown ready-to-run header"u8, header->Major);
        }

        ModuleSection* sections = (ModuleSection*)(header + 1);
        for (int i = 0; i < header->SectionCount; i++)
        {
            if (sections[i].Id == GcStaticsSection)
            {
                for (int* entry = (int*)sections[i].Start; entry < sections[i].End; entry++)
                {
                    InitialiseStatics((nint*)Relative(entry));
                }
            }
        }

        for (int i = 0; i < header->SectionCount; i++)
        {
            if (sections[i].Id == EagerConstructorSection)
            {
                for (int* entry = (int*)sections[i].Start; entry < sections[i].End; entry++)
                {
                    ((delegate*<void>)Relative(entry))();
                }
            }
        }

        ManagedStartup();
        Exception sample = new();
        SetExceptionType(*(nint*)Unsafe.As<Exception, nint>(ref sample));
    }

    private static byte* Relative(int* pointer) => (byte*)pointer + *pointer;

    // A block starts with a relative pointer to its MethodTable; bit 0 = not yet allocated, bit 1 = initial data follows.
    private static void InitialiseStatics(nint* block)
    {
        nint tagged = (nint)block + *(int*)block;
        if ((tagged & 1) == 0)
        {
            return;
        }

        nint methodTable = tagged & ~3;
        byte* instance = AllocateObject(methodTable);
        if ((tagged & 2) != 0)
        {
            byte* initial = Relative((int*)block + 1);
            int size = *(int*)(methodTable + 4) - 16; // base size less header and MethodTable
            for (int i = 0; i < size; i++)
            {
                instance[8 + i] = initial[i];
            }
        }

        *block = (nint)instance;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "RhpNewFast")]
    private static extern byte* AllocateObject(nint methodTable);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "__managed__Startup")]
    private static extern void ManagedStartup();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "exception_type_set")]
    private static extern void SetExceptionType(nint methodTable);

    [StructLayout(LayoutKind.Sequential)]
    private struct ModuleHeader
    {
        public uint Signature;
        public ushort Major, Minor;
        public uint Flags;
        public ushort SectionCount;
        public byte EntrySize, EntryType;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ModuleSection
    {
        public int Id, Flags;
        public byte* Start;
        public byte* End;
    }
}
