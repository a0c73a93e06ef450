using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Interrupts;

/// <summary>GDT, TSS and IDT of this CPU. Exceptions that a stack overflow can cause run on stacks of their own.</summary>
/// <source>SDM 3A, "Task Management in 64-bit Mode", "Interrupt Stack Table"</source>
public static unsafe class DescriptorTables
{
    /// <summary>Selector of the task state segment.</summary>
    public const ushort TaskSelector = 0x18;

    private const ulong InterruptGate = 0x8E00;
#pragma warning disable CS0649 // written through pointers, since the CPU reads it by address
    private static TableStorage s_tables;
#pragma warning restore CS0649

    /// <summary>Address of the loaded GDT.</summary>
    public static ulong GdtBase => (ulong)Unsafe.AsPointer(ref s_tables.Gdt0);

    /// <summary>Address of the loaded IDT.</summary>
    public static ulong IdtBase => (ulong)Unsafe.AsPointer(ref s_tables.Idt);

    /// <summary>Address of the task state segment.</summary>
    public static ulong TaskBase => (ulong)Unsafe.AsPointer(ref s_tables.Task);

    /// <summary>Loads an IDT whose entries all use the current stack: good enough until there are stacks to switch to.</summary>
    public static void LoadEarly()
    {
        for (uint vector = 0; vector < 256; vector++)
        {
            SetGate(vector, 0);
        }

        LoadIdt();
    }

    /// <summary>Loads GDT, TSS and the final IDT: NMI, #DF, #MC and #PF have stacks of their own.</summary>
    public static void Load()
    {
        ulong* task = (ulong*)TaskBase;
        for (uint stack = 1; stack <= KernelStacks.InterruptStackCount; stack++)
        {
            *(ulong*)((byte*)task + 0x24 + ((stack - 1) * 8)) = KernelStacks.InterruptStackTop(stack);
        }

        *(ushort*)((byte*)task + 0x66) = 104; // no I/O permission bitmap
        ulong* gdt = (ulong*)GdtBase;
        gdt[0] = 0;
        gdt[1] = 0x00AF9B000000FFFF; // 64-bit code
        gdt[2] = 0x00CF93000000FFFF; // data
        ulong taskBase = TaskBase;
        gdt[3] = 103 | ((taskBase & 0xFFFFFF) << 16) | (0x89UL << 40) | ((taskBase >> 24 & 0xFF) << 56);
        gdt[4] = taskBase >> 32;
        TablePointer pointer = new() { Limit = 39, BaseLow = (ushort)GdtBase, BaseMiddle = (uint)(GdtBase >> 16), BaseHigh = (ushort)(GdtBase >> 48) };
        CpuInstructions.LoadGdt(&pointer, TaskSelector);
        SetGate(2, 1);
        SetGate(8, 2);
        SetGate(18, 3);
        SetGate(14, 4);
        LoadIdt();
    }

    private static void LoadIdt()
    {
        TablePointer pointer = new() { Limit = 4095, BaseLow = (ushort)IdtBase, BaseMiddle = (uint)(IdtBase >> 16), BaseHigh = (ushort)(IdtBase >> 48) };
        CpuInstructions.LoadIdt(&pointer);
    }

    private static void SetGate(uint vector, ulong interruptStack)
    {
        ulong entry = StubAddress(vector);
        ulong* gate = (ulong*)IdtBase + (vector * 2);
        gate[0] = (entry & 0xFFFF) | (8UL << 16) | (interruptStack << 32) | (InterruptGate << 32) | ((entry >> 16 & 0xFFFF) << 48);
        gate[1] = entry >> 32;
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "trap_stub_address")]
    private static extern ulong StubAddress(uint vector);

    [StructLayout(LayoutKind.Sequential)]
    private struct TablePointer
    {
        public ushort Limit;
        public ushort BaseLow;
        public uint BaseMiddle;
        public ushort BaseHigh;
    }

    [InlineArray(512)]
    private struct IdtEntries
    {
        private ulong _first;
    }

    [InlineArray(16)]
    private struct TaskState
    {
        private ulong _first;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TableStorage
    {
        public IdtEntries Idt;
        public ulong Gdt0, Gdt1, Gdt2, Gdt3, Gdt4, Gdt5;
        public TaskState Task;
    }
}
