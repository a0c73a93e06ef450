using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace Multicosm.Control.Commands;

/// <summary>The manager's figures at one moment.</summary>
internal sealed class TopSample
{
    private readonly JsonElement _json;
    private readonly Dictionary<ulong, JsonElement> _domains;

    private TopSample(JsonElement json)
    {
        _json = json;
        _domains = json.GetProperty("domains").EnumerateArray().ToDictionary(row => row.GetProperty("id").GetUInt64());
    }

    /// <summary>The hypervisor's version.</summary>
    public string Version => _json.GetProperty("version").GetString()!;

    /// <summary>Seconds since power-on.</summary>
    public ulong UptimeSeconds => Ticks / Hertz;

    /// <summary>Bytes of memory that nobody has.</summary>
    public ulong FreeBytes => _json.GetProperty("memory").GetProperty("free").GetUInt64();

    /// <summary>Bytes of memory in all.</summary>
    public ulong TotalBytes => _json.GetProperty("memory").GetProperty("total").GetUInt64();

    private ulong Ticks => _json.GetProperty("ticks").GetUInt64();

    private ulong Hertz => Math.Max(_json.GetProperty("hertz").GetUInt64(), 1);

    /// <summary>Asks the manager.</summary>
    public static TopSample Take(ManagerLink link) => new(link.Demand("stats").Result);

    /// <summary>Reads a reply's result.</summary>
    public static TopSample From(JsonElement result) => new(result);

    /// <summary>A row for each domain, with what was used since <paramref name="before"/>; the busiest first.</summary>
    public IReadOnlyList<TopRow> Since(TopSample before)
        => [.. _domains.Select(pair => Row(pair.Value, before._domains.GetValueOrDefault(pair.Key))).OrderByDescending(row => row.CpuPercent).ThenBy(row => row.Name, StringComparer.Ordinal)];

    // Domains are looked at one after another, each at its own time.
    private TopRow Row(JsonElement now, JsonElement before)
    {
        double Grown(string name) => now.GetProperty(name).GetUInt64() - (double)before.GetProperty(name).GetUInt64();
        double Rate(string name) => before.ValueKind == JsonValueKind.Undefined ? 0 : Grown(name) / Math.Max(Grown("ticks") / Hertz, 1e-9);
        return new TopRow(
            LatinText.Decode(now.GetProperty("name").GetString()!),
            now.GetProperty("state").GetString()!,
            100 * Rate("cpu_ticks") / Hertz,
            now.GetProperty("cpu_ticks").GetUInt64() / (double)Hertz,
            Rate("exits_total"),
            now.GetProperty("memory").GetUInt64(),
            Rate("console_bytes"),
            BusiestExit(now, before));
    }

    // The kind of exit that there were most of since the last look.
    private static string BusiestExit(JsonElement now, JsonElement before)
    {
        JsonElement old = default;
        bool has = before.ValueKind != JsonValueKind.Undefined && before.TryGetProperty("exits", out old);
        return now.GetProperty("exits").EnumerateObject()
            .Select(exit => (exit.Name, Count: exit.Value.GetUInt64() - (has && old.TryGetProperty(exit.Name, out JsonElement value) ? value.GetUInt64() : 0)))
            .Where(exit => exit.Count > 0)
            .OrderByDescending(exit => exit.Count)
            .Select(exit => exit.Name)
            .FirstOrDefault("");
    }
}
