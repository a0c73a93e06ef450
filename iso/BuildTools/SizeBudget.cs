using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Multicosm.BuildTools;

/// <summary>Compares the image's code and data (all sections that are loaded from the file, but for the symbol names) with the budget in a file.</summary>
internal static class SizeBudget
{
    public static int Run(string sizesFile, string budgetFile)
    {
        long size = 0;
        foreach (string line in File.ReadLines(sizesFile))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 3 && parts[0] is ".text" or ".rodata" or ".data")
            {
                size += long.Parse(parts[1], CultureInfo.InvariantCulture);
            }
        }

        string first = File.ReadLines(budgetFile).First(line => line.Length > 0 && line[0] != '#');
        long budget = long.Parse(first, CultureInfo.InvariantCulture);
        Console.WriteLine($"kernel image: {size} bytes of code and data, budget {budget}");
        if (size <= budget)
        {
            return 0;
        }

        Console.Error.WriteLine($"error : the kernel image has {size} bytes, over its budget of {budget} in {budgetFile}; raise it with a line in CHANGELOG.md or make the image smaller");
        return 1;
    }
}
