using System.Runtime;
using System.Runtime.CompilerServices;

namespace Multicosm.Platform.Boot;

/// <summary>Where the kernel image lies: boundaries from the linker script and start.asm.</summary>
public static unsafe class KernelImage
{
    /// <summary>Start of the kernel window (L4 slot 261): where physical address 0 would appear, had the loader not moved the image.</summary>
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

    /// <summary>Physical address of the image's first byte: where the loader put it.</summary>
    public static ulong LoadAddress => Symbol(8) + LoadOffset;

    /// <summary>Physical address of the image's end.</summary>
    public static ulong LoadEnd => ToPhysical(ImageEnd);

    /// <summary>TSC at the loader's hand-over.</summary>
    public static ulong HandOverTicks => *(ulong*)Symbol(11);

    /// <summary>Physical address of the page directory that the start-up tables have for the arena; they map it there too.</summary>
    internal static ulong ArenaDirectory => Symbol(9) + LoadOffset;

    // How far the loader moved the image from the address that it is linked at.
    private static ulong LoadOffset => *(ulong*)Symbol(10);

    /// <summary>Physical address of an address in the kernel window.</summary>
    public static ulong ToPhysical(ulong address) => address - Base + LoadOffset;

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "linker_symbol")]
    private static extern ulong Symbol(int index);
}
