using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Interrupts;

/// <summary>GDT, TSS and IDT of this CPU. Exceptions that a stack overflow can cause run on stacks of their own.</summary>
/// <source>SDM 3A, "Task Management in 64-bit Mode", "Interrupt Stack Table"</source>
public static unsafe class DescriptorTables
{
    /// <summary>Selector of the hypervisor's code. Ours lie above what a PV guest may fill; guests that know Xen count on those from 0xE023 on.</summary>
    /// <source>Xen headers "arch-x86/xen-x86_64.h"</source>
    public const ushort CodeSelector = 0xE008;

    /// <summary>Selector of the hypervisor's data.</summary>
    public const ushort DataSelector = 0xE010;

    /// <summary>Selector of the task state segment.</summary>
    public const ushort TaskSelector = 0xE040;

    /// <summary>Selector of a PV guest's local descriptor table.</summary>
    public const ushort LdtSelector = 0xE050;

    private const ulong InterruptGate = 0x8E00;
    private const ulong UserGate = 0xEE00;
    private const ushort EarlyCodeSelector = 8;
    private const ulong PerCpuOffset = 4096;
    private const ulong TaskOffset = 4096 + 1024;
#pragma warning disable CS0649 // written through pointers, since the CPU reads it by address
    private static IdtEntries s_earlyIdt;
#pragma warning restore CS0649

    /// <summary>Address of the loaded GDT.</summary>
    public static ulong GdtBase => EntryArea.GdtBase;

    /// <summary>Address of the loaded IDT.</summary>
    public static ulong IdtBase => EntryArea.DataBase;

    /// <summary>Address of the task state segment.</summary>
    public static ulong TaskBase => EntryArea.DataBase + TaskOffset;

    /// <summary>Loads an IDT whose entries all use the current stack: good enough until there are stacks to switch to.</summary>
    public static void LoadEarly()
    {
        ulong idt = (ulong)Unsafe.AsPointer(ref s_earlyIdt);
        for (uint vector = 0; vector < 256; vector++)
        {
            SetGate(idt, vector, StubAddress(vector), EarlyCodeSelector, InterruptGate, 0);
        }

        LoadIdt(idt);
    }

    /// <summary>
    /// Moves the CPU's state to where PV guests leave it mapped and loads GDT, TSS and the final IDT: NMI, #DF, #MC, #PF and #DB have
    /// stacks of their own. The last because a guest can make a data breakpoint hit just after SYSCALL, on the guest's stack.
    /// </summary>
    public static void Load()
    {
        MovePerCpu();
        LoadTask();
        ulong distance = EntryArea.CodeDistance;
        for (uint vector = 0; vector < 256; vector++)
        {
            SetGate(IdtBase, vector, StubAddress(vector) + distance, CodeSelector, vector is 3 or 4 ? UserGate : InterruptGate, StackOf(vector));
        }

        LoadIdt(IdtBase);
    }

    /// <summary>Describes the local descriptor table with <paramref name="entries"/> entries, none for 0, and loads it.</summary>
    public static void LoadLdt(uint entries)
    {
        const ulong LdtBase = EntryArea.LdtBase;
        ulong* descriptor = (ulong*)(GdtBase + LdtSelector);
        descriptor[0] = ((entries * 8UL) - 1 & 0xFFFF) | ((LdtBase & 0xFFFFFF) << 16) | (0x82UL << 40) | ((LdtBase >> 24 & 0xFF) << 56);
        descriptor[1] = LdtBase >> 32;
        CpuInstructions.LoadLdt(entries == 0 ? 0u : LdtSelector);
    }

    private static void MovePerCpu()
    {
        const uint GsBase = 0xC0000101;
        PerCpu* cpu = (PerCpu*)(EntryArea.DataBase + PerCpuOffset);
        *cpu = *PerCpu.Current;
        cpu->Self = (ulong)cpu;
        cpu->HostCr3 = CpuInstructions.ReadCr3();
        cpu->EntryStackTop = KernelStacks.EntryStackTop;
        cpu->EntryDistance = EntryArea.CodeDistance;
        CpuInstructions.WriteMsr(GsBase, (ulong)cpu);
    }

    private static void LoadTask()
    {
        byte* task = (byte*)TaskBase;
        *(ulong*)(task + 4) = KernelStacks.EntryStackTop;
        for (uint stack = 1; stack <= KernelStacks.InterruptStackCount; stack++)
        {
            *(ulong*)(task + 0x24 + ((stack - 1) * 8)) = KernelStacks.InterruptStackTop(stack);
            *(ulong*)KernelStacks.InterruptStackTop(stack) = PerCpu.Current->Self;
        }

        *(ushort*)(task + 0x66) = 104; // no I/O permission bitmap
        Describe(CodeSelector, 0x00AF9B000000FFFF);
        Describe(DataSelector, 0x00CF93000000FFFF);
        Describe(0xE020, 0x00CFFB000000FFFF); // code of 32 bits for PV guests
        Describe(0xE028, 0x00CFF3000000FFFF); // data
        Describe(0xE030, 0x00AFFB000000FFFF); // code of 64 bits
        ulong taskBase = TaskBase;
        Describe(TaskSelector, 103 | ((taskBase & 0xFFFFFF) << 16) | (0x89UL << 40) | ((taskBase >> 24 & 0xFF) << 56));
        Describe(TaskSelector + 8, taskBase >> 32);
        TablePointer pointer = new() { Limit = 0xFFFF, BaseLow = (ushort)GdtBase, BaseMiddle = (uint)(GdtBase >> 16), BaseHigh = (ushort)(GdtBase >> 48) };
        CpuInstructions.LoadGdt(&pointer, TaskSelector);
    }

    private static void Describe(uint selector, ulong descriptor) => *(ulong*)(GdtBase + selector) = descriptor;

    private static ulong StackOf(uint vector) => vector switch
    {
        2 => 1,
        8 => 2,
        18 => 3,
        14 => 4,
        1 => 5,
        _ => 0,
    };

    private static void LoadIdt(ulong address)
    {
        TablePointer pointer = new() { Limit = 4095, BaseLow = (ushort)address, BaseMiddle = (uint)(address >> 16), BaseHigh = (ushort)(address >> 48) };
        CpuInstructions.LoadIdt(&pointer);
    }

    private static void SetGate(ulong idt, uint vector, ulong entry, ulong selector, ulong kind, ulong interruptStack)
    {
        ulong* gate = (ulong*)idt + (vector * 2);
        gate[0] = (entry & 0xFFFF) | (selector << 16) | (interruptStack << 32) | (kind << 32) | ((entry >> 16 & 0xFFFF) << 48);
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
}
