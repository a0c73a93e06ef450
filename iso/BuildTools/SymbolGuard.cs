using System;
using System.IO;
using System.Text.RegularExpressions;

namespace Multicosm.BuildTools;

/// <summary>Refuses symbols that show that a heavy part of CoreLib became reachable.</summary>
internal static class SymbolGuard
{
    public static int Run(string symbolFile, string pattern)
    {
        Regex heavy = new(pattern);
        int found = 0;
        foreach (string line in File.ReadLines(symbolFile))
        {
            if (heavy.IsMatch(line))
            {
                Console.Error.WriteLine("error : heavy CoreLib part reachable: " + line);
                found++;
            }
        }

        return found == 0 ? 0 : 1;
    }
}
