using System.Runtime;
using System.Runtime.CompilerServices;

namespace Multicosm.Platform.Boot;

/// <summary>Where the kernel image lies: boundaries from the linker script and start.asm.</summary>
public static unsafe class KernelImage
{
    /// <summary>Virtual address of physical address 0 in the kernel window (L4 slot 261).</summary>
    public const ulong Base = 0xFFFF828000000000;

    /// <summary>First byte of code.</summary>
    public static ulong TextStart => Symbol(0);

    /// <summary>End of code.</summary>
    public static ulong TextEnd => Symbol(1);

    /// <summary>First byte of read-only data.</summary>
    public static ulong RodataStart => Symbol(2);

    /// <summary>End of read-only data.</summary>
    public static ulong RodataEnd => Symbol(3);

    /// <summary>First byte of writable data.</summary>
    public static ulong DataStart => Symbol(4);

    /// <summary>End of the image, zero-initialised data included.</summary>
    public static ulong ImageEnd => Symbol(5);

    internal static ulong ModulesStart => Symbol(6);

    internal static ulong SymbolsStart => Symbol(7);

    internal static ulong BootPerCpu => Symbol(8);

    internal static ulong ArenaDirectory => Symbol(9);

    /// <summary>Physical address of an address in the kernel window.</summary>
    public static ulong ToPhysical(ulong address) => address - Base;

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "linker_symbol")]
    private static extern ulong Symbol(int index);
}
