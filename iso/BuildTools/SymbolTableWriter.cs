using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Multicosm.BuildTools;

/// <summary>
/// Turns the linked image's code symbols into the table that panics and crash reports name methods from, and into a list for debuggers:
/// address and name, a line each.
/// </summary>
internal static class SymbolTableWriter
{
    public static int Write(string symbolFile, string table, string list)
    {
        SortedDictionary<ulong, string> symbols = Read(symbolFile, out ulong start);
        WriteTable(symbols, start, table);
        using StreamWriter writer = new(list) { NewLine = "\n" };
        foreach ((ulong address, string symbol) in symbols)
        {
            writer.WriteLine(address.ToString("x", CultureInfo.InvariantCulture) + " " + Readable(symbol));
        }

        return 0;
    }

    private static SortedDictionary<ulong, string> Read(string symbolFile, out ulong start)
    {
        SortedDictionary<ulong, string> symbols = [];
        start = 0;
        foreach (string line in File.ReadLines(symbolFile))
        {
            string[] parts = line.Split(' ');
            if (parts.Length < 3 || parts[1] is not ("t" or "T") || parts[2].StartsWith("unbox", StringComparison.Ordinal))
            {
                continue;
            }

            ulong address = ulong.Parse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (parts[2] == "__text_start")
            {
                start = address;
            }
            else if (start != 0 && !parts[2].Contains('.') && !parts[2].StartsWith("__", StringComparison.Ordinal) && !symbols.ContainsKey(address))
            {
                symbols.Add(address, parts[2]);
            }
        }

        return symbols;
    }

    private static void WriteTable(SortedDictionary<ulong, string> symbols, ulong start, string output)
    {
        using BinaryWriter writer = new(File.Create(output));
        MemoryStream names = new();
        writer.Write((uint)symbols.Count);
        uint namesStart = 4 + (uint)(symbols.Count * 8);
        foreach ((ulong address, string symbol) in symbols)
        {
            writer.Write((uint)(address - start));
            writer.Write(namesStart + (uint)names.Length);
            byte[] name = Encoding.UTF8.GetBytes(Readable(symbol));
            names.WriteByte((byte)Math.Min(name.Length, 255));
            names.Write(name, 0, Math.Min(name.Length, 255));
        }

        writer.Write(names.ToArray());
    }

    // The compiler writes Assembly_Namespace_Type__Method; every assembly name of ours starts with Multicosm_.
    private static string Readable(string symbol)
    {
        int split = symbol.IndexOf("__", StringComparison.Ordinal);
        if (split <= 0)
        {
            return symbol;
        }

        string type = symbol[..split];
        string method = symbol[(split + 2)..];
        if (type.StartsWith("S_P_CoreLib_", StringComparison.Ordinal))
        {
            type = type["S_P_CoreLib_".Length..];
        }
        else if (type.StartsWith("Multicosm_", StringComparison.Ordinal))
        {
            // Multicosm_Vmx_Multicosm_Vmx_Exits_ExitDispatch: drop the assembly's part
            int second = type.IndexOf("_Multicosm_", StringComparison.Ordinal);
            type = second > 0 ? type[(second + 1)..] : type;
        }

        return type.Replace('_', '.') + "." + method;
    }
}
