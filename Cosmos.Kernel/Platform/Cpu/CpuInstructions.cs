using System.Runtime;
using System.Runtime.CompilerServices;
using Multicosm.Machine;

namespace Multicosm.Platform.Cpu;

/// <summary>Privileged instructions, each a bare call of a few instructions in cpu.asm.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
public static unsafe class CpuInstructions
{
#pragma warning disable CS1591 // each is the instruction that its name says
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_out8")]
    public static extern void Out8(ushort port, byte value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_out16")]
    public static extern void Out16(ushort port, ushort value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_out32")]
    public static extern void Out32(ushort port, uint value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_in8")]
    public static extern byte In8(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_in16")]
    public static extern ushort In16(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_in32")]
    public static extern uint In32(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_rdtsc")]
    public static extern ulong ReadTimeStamp();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_cpuid")]
    public static extern void Cpuid(uint leaf, uint subleaf, CpuidResult* result);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_rdmsr")]
    public static extern ulong ReadMsr(uint index);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_wrmsr")]
    public static extern void WriteMsr(uint index, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_try_rdmsr")]
    public static extern int TryReadMsr(uint index, ulong* value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_try_wrmsr")]
    public static extern int TryWriteMsr(uint index, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_try_xsetbv")]
    public static extern int TrySetXcr0(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_xsave")]
    public static extern void SaveExtendedState(void* area, ulong components);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_try_xrstor")]
    public static extern int TryRestoreExtendedState(void* area, ulong components);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_try_vmxoff")]
    internal static extern int TryLeaveVmxOperation();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_fixup_table")]
    internal static extern ulong* FixupTable(ulong** end);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_read_cr0")]
    public static extern ulong ReadCr0();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_write_cr0")]
    public static extern void WriteCr0(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_read_cr2")]
    public static extern ulong ReadCr2();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_write_cr2")]
    public static extern void WriteCr2(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_read_cr3")]
    public static extern ulong ReadCr3();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_write_cr3")]
    public static extern void WriteCr3(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_read_cr4")]
    public static extern ulong ReadCr4();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_write_cr4")]
    public static extern void WriteCr4(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_invlpg")]
    public static extern void InvalidatePage(ulong address);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_load_idt")]
    internal static extern void LoadIdt(void* pointer);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_load_gdt")]
    internal static extern void LoadGdt(void* pointer, uint taskSelector);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_load_ldt")]
    internal static extern void LoadLdt(uint selector);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_idle")]
    internal static extern void Idle();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_take_interrupts")]
    internal static extern void TakeInterrupts();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_pause")]
    public static extern void Pause();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_clear_memory")]
    internal static extern void ClearMemory(void* target, ulong bytes);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_clear_buffers")]
    internal static extern void ClearBuffers();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_halt_forever")]
    internal static extern void HaltForever();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_triple_fault")]
    internal static extern void TripleFault();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_read_rbp")]
    internal static extern ulong ReadFramePointer();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "run_on_stack")]
    internal static extern void RunOnStack(ulong stackTop, delegate* unmanaged<void> function);
#pragma warning restore CS1591
}
