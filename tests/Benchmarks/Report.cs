using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Multicosm.Hosting.Emulation;

namespace Multicosm.Benchmarks;

/// <summary>The rows of a complete run, as JSON for programs and as a table for people.</summary>
public sealed class Report
{
    private const int SchemaVersion = 1;

    private readonly IReadOnlyList<Row> _rows;

    /// <summary>A report of <paramref name="rows"/>, whose names must differ.</summary>
    public Report(IReadOnlyList<Row> rows)
    {
        string? twice = rows.GroupBy(row => row.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        _rows = twice == null ? rows : throw new ArgumentException($"two rows are called '{twice}'", nameof(rows));
    }

    /// <summary>True if no goal is missed.</summary>
    public bool Ok => _rows.All(row => row.Ok);

    /// <summary>One line of JSON; its fields are always in the same order.</summary>
    public string ToJson()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) // a plus stays one
        {
            writer.WriteStartObject();
            writer.WriteNumber("schema", SchemaVersion);
            writer.WriteString("machine", "bochs " + BochsEmulator.DefaultModel);
            writer.WriteStartArray("rows");
            foreach (Row row in _rows)
            {
                Write(writer, row);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>A line for each row, and behind it what it is made of.</summary>
    public string ToTable()
    {
        StringBuilder text = new();
        text.AppendLine(Line("ticks in Bochs, " + BochsEmulator.DefaultModel, "ours", "goal", "bare", "KVM", "Xen", ""));
        foreach (Row row in _rows)
        {
            string name = row.Unit == null ? row.Name : $"{row.Name} ({row.Unit})";
            text.AppendLine(Line(name, Number(row.Ticks), Number(row.Goal), Number(row.Bare), Number(row.Kvm), Number(row.Xen), Verdict(row)));
            foreach (string detail in row.Details)
            {
                text.AppendLine("    " + detail);
            }
        }

        return text.ToString();
    }

    private static void Write(Utf8JsonWriter writer, Row row)
    {
        writer.WriteStartObject();
        writer.WriteString("name", row.Name);
        writer.WriteNumber("ticks", row.Ticks);
        Write(writer, "goal", row.Goal);
        Write(writer, "bare", row.Bare);
        Write(writer, "kvm", row.Kvm);
        Write(writer, "xen", row.Xen);
        writer.WriteBoolean("ok", row.Ok);
        if (row.Unit != null)
        {
            writer.WriteString("unit", row.Unit);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, decimal? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static string Verdict(Row row) => row.Goal is null ? "" : row.Ok ? "ok" : "MISSED";

    private static string Number(decimal? value) => value?.ToString("#,0.###", CultureInfo.InvariantCulture) ?? "-";

    private static string Line(string name, string ours, string goal, string bare, string kvm, string xen, string verdict)
        => $"{name,-42}{ours,14}{goal,14}{bare,14}{kvm,15}{xen,9}  {verdict}".TrimEnd();
}
