using System;

namespace Multicosm.BuildTools;

/// <summary>What the image build needs beyond the compilers: structure offsets for NASM, the symbol table, and checks of the compiled code.</summary>
public static class Program
{
    /// <summary>offsets OUT ASSEMBLY... | symbols NM-FILE TABLE LIST | check-il ASSEMBLY... | guard NM-FILE PATTERN | font GRUB-FONT OUT | size ELF-SIZES BUDGET. Exit 0 = fine, 1 = a check failed, 2 = usage.</summary>
    public static int Main(string[] arguments)
    {
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("usage: BuildTools offsets|symbols|check-il|guard|font|size ARGUMENTS");
            return 2;
        }

        return arguments[0] switch
        {
            "offsets" => StructureOffsets.Write(arguments[1], arguments.AsSpan(2)),
            "symbols" => SymbolTableWriter.Write(arguments[1], arguments[2], arguments[3]),
            "check-il" => HandlerCheck.Run(arguments.AsSpan(1)),
            "guard" => SymbolGuard.Run(arguments[1], arguments[2]),
            "font" => FontConverter.Write(arguments[1], arguments[2]),
            "size" => SizeBudget.Run(arguments[1], arguments[2]),
            _ => 2,
        };
    }
}
