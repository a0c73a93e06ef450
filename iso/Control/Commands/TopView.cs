using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Multicosm.Control.Commands;

/// <summary>Shows figures: as plain text, or as tables and charts.</summary>
internal static class TopView
{
    private const ulong MiB = 1UL << 20;

    private static readonly string[] s_columns = ["NAME", "STATE", "CPU%", "TIME", "EXITS/S", "MOST", "MEM", "CONSOLE B/S"];
    private static readonly Color[] s_colors = [Color.Green, Color.Blue, Color.Yellow, Color.Fuchsia, Color.Aqua, Color.Orange1];

    /// <summary>Lines with columns.</summary>
    public static string Plain(TopSample before, TopSample now)
    {
        StringBuilder text = new();
        _ = text.Append(Head(before, now)).Append('\n');
        string[][] rows = [s_columns, .. now.Since(before).Select(Cells)];
        int[] widths = [.. Enumerable.Range(0, s_columns.Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            _ = text.AppendJoin("  ", row.Select((cell, column) => IsText(column) ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A table, and charts of CPU and memory.</summary>
    public static IRenderable Draw(TopSample before, TopSample now)
    {
        IReadOnlyList<TopRow> rows = now.Since(before);
        Table table = new() { Border = TableBorder.Rounded };
        for (int column = 0; column < s_columns.Length; column++)
        {
            _ = table.AddColumn(IsText(column) ? new TableColumn(s_columns[column]) : new TableColumn(s_columns[column]).RightAligned());
        }

        foreach (TopRow row in rows)
        {
            _ = table.AddRow(Cells(row).Select(Markup.Escape).ToArray());
        }

        BarChart cpu = new() { Label = "CPU %", MaxValue = 100 };
        BreakdownChart memory = new();
        for (int i = 0; i < rows.Count; i++)
        {
            Color color = s_colors[i % s_colors.Length];
            _ = cpu.AddItem(Markup.Escape(rows[i].Name), Math.Round(rows[i].CpuPercent, 1), color);
            _ = memory.AddItem(Markup.Escape(rows[i].Name + " MiB"), IsGone(rows[i]) ? 0 : rows[i].MemoryBytes / MiB, color);
        }

        _ = memory.AddItem("free MiB", now.FreeBytes / MiB, Color.Grey);
        return new Rows(new Text(Head(before, now)), table, cpu, memory, new Text("q leaves"));
    }

    private static string Head(TopSample before, TopSample now)
    {
        IReadOnlyList<TopRow> rows = now.Since(before);
        string states = string.Join(", ", rows.GroupBy(row => row.State).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Count()} {group.Key}"));
        return string.Create(CultureInfo.InvariantCulture, $"Multicosm {now.Version}: up {now.UptimeSeconds} s, CPU {rows.Sum(row => row.CpuPercent):0.0} %, memory {now.FreeBytes / MiB} of {now.TotalBytes / MiB} MiB free; {(rows.Count == 0 ? "no domains" : states)}");
    }

    private static string[] Cells(TopRow row) =>
    [
        row.Name, row.State, Number(row.CpuPercent, "0.0"), Number(row.CpuSeconds, "0.0"), Number(row.ExitsPerSecond, "0"), row.BusiestExit, $"{(IsGone(row) ? 0 : row.MemoryBytes / MiB)}", Number(row.ConsolePerSecond, "0"),
    ];

    private static bool IsText(int column) => column is 0 or 1 or 5;

    private static bool IsGone(TopRow row) => row.State == "ended";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
