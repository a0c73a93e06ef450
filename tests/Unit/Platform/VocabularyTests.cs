using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using FsCheck.Xunit;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>The tables and scales of Machine that the backends' fast paths read.</summary>
public sealed class VocabularyTests
{
    [Property]
    public void TheHistoryKeepsTheLastExits(ushort count)
    {
        ExitHistory history = new();
        for (uint i = 0; i < count % 300; i++)
        {
            history.Record(i, i * 3, i * 5, new ExitArguments { Value = i * 7, Address = i * 9 });
        }

        Assert.Equal(Math.Min(count % 300, 32), history.Count);
        Assert.Equal((ulong)(count % 300), history.Total);
        for (int age = 0; age < history.Count; age++)
        {
            uint expected = (uint)((count % 300) - 1 - age);
            ref readonly ExitHistoryEntry entry = ref history.Newest(age);
            Assert.Equal((expected, expected * 3UL, expected * 5UL), (entry.Reason, entry.Qualification, entry.Rip));
        }

        history.Add(7, 40);
        Assert.Equal(Math.Min(count % 300, 32), history.Count); // nothing is remembered of these
        Assert.Equal((ulong)((count % 300) + 40), history.Total);
        Assert.True(history.CountOf(7) >= 40);
        history.Reset();
        Assert.Equal((0, 0UL), (history.Count, history.Total));
        Assert.Equal(0UL, history.CountOf(7));
    }

    [Property]
    public void EachMsrIsFoundAndNoOther(uint[] indices, uint other)
    {
        uint[] sorted = [.. indices.Distinct().Order()];
        MsrTable table = new([.. sorted.Select(index => new MsrRule(index, MsrPolicy.Stored, MsrPolicy.Stored, index * 2UL, 0xFF))]);
        for (int row = 0; row < sorted.Length; row++)
        {
            Assert.Equal(row, table.Find(sorted[row]));
            Assert.Equal(sorted[row] * 2UL, table.Value(row));
        }

        Assert.Equal(Array.IndexOf(sorted, other), table.Find(other));
        Assert.Equal(Array.IndexOf(sorted, uint.MaxValue), table.Find(uint.MaxValue));
        Assert.Equal(Array.IndexOf(sorted, 0u), table.Find(0));
    }

    [Property]
    public void OnlyWritableBitsOfAnMsrChange(ulong initial, ulong writable, ulong value)
    {
        (initial, writable) = (Spread.Over64(initial), Spread.Over64(writable));
        value = value % 2 == 0 ? Spread.Over64(value) : initial ^ (Spread.Over64(value) & writable);
        MsrTable table = new([new MsrRule(5, MsrPolicy.Stored, MsrPolicy.Stored, initial, writable)]);
        bool stored = table.TryStore(0, value);
        Assert.Equal(((value ^ initial) & ~writable) == 0, stored);
        Assert.Equal(stored ? value : initial, table.Value(0));
        Assert.True(table.TryStore(0, initial ^ (value & writable)));
        table.Preset(0, value);
        Assert.Equal(value, table.Value(0));
        table.Reset(addressBits: 40);
        Assert.Equal(initial, table.Value(0));
    }

    [Property]
    public void CpuidAnswersWhatWasSet(uint[] leaves, byte[] subleaves, uint leaf, uint subleaf)
    {
        leaves = [.. leaves.Select(small => Spread.Over32(small))];
        CpuidTable table = new();
        Dictionary<(uint, uint), uint> model = [];
        for (uint i = 0; i < Math.Min(leaves.Length, subleaves.Length); i++)
        {
            uint at = Fold(leaves[i]);
            uint below = (uint)(subleaves[i] % 20);
            if (table.TrySet(at, below, new CpuidResult { Eax = i + 1 }))
            {
                model[(at, below)] = i + 1;
            }
            else
            {
                Assert.True(below != 0 || !IsKnown(at), "there is a place for it");
            }
        }

        CheckCpuid(table, model, Fold(leaf), subleaf % 20);
        CheckCpuid(table, model, leaf, subleaf);
        foreach ((uint at, uint below) in model.Keys)
        {
            CheckCpuid(table, model, at, below);
        }

        table.Clear();
        Assert.Equal(0u, table.Lookup(Fold(leaf), 0).Eax);
    }

    [Fact]
    public void OnlyIndexedLeavesHaveSubleaves()
    {
        CpuidTable table = new();
        for (uint leaf = 0; leaf < 32; leaf++)
        {
            Assert.True(table.TrySet(leaf, 0, new CpuidResult { Eax = 1 }));
            Assert.True(table.TrySet(leaf, 1, new CpuidResult { Eax = 2 }));
            Assert.Equal(IsIndexed(leaf) ? 2u : 1u, table.Lookup(leaf, 1).Eax);
            Assert.Equal(IsIndexed(leaf) ? 0u : 1u, table.Lookup(leaf, 200).Eax);
        }
    }

    [Property(MaxTest = 1000)]
    public void AScaleIsExactButForOne(ulong from, ulong to, ulong count)
    {
        ulong fromHertz = (Spread.Over64(from) % 10_000_000_000) + 1;
        ulong toHertz = (Spread.Over64(to) % 10_000_000_000) + 1;
        count = Spread.Over64(count) >> (int)(to % 40);
        BigInteger exact = (BigInteger)count * toHertz / fromHertz;
        if (exact > ulong.MaxValue)
        {
            return; // wraps: centuries of uptime
        }

        ulong converted = new TickScale(fromHertz, toHertz).Convert(count);
        Assert.InRange(exact - converted, BigInteger.Zero, BigInteger.One);
    }

    [Fact]
    public void AScaleOfOneChangesNothing() => Assert.Equal(ulong.MaxValue, new TickScale(7, 7).Convert(ulong.MaxValue));

    private static uint Fold(uint leaf) => (leaf % 3) switch
    {
        0 => leaf % 34,
        1 => 0x40000000 + (leaf % 10),
        _ => 0x80000000 + (leaf % 34),
    };

    private static bool IsKnown(uint leaf) => leaf < 32 || leaf - 0x40000000 < 8 || leaf - 0x80000000 < 32;

    private static void CheckCpuid(CpuidTable table, Dictionary<(uint, uint), uint> model, uint leaf, uint subleaf)
    {
        model.TryGetValue((leaf, IsIndexed(leaf) ? subleaf : 0), out uint expected);
        Assert.Equal(expected, table.Lookup(leaf, subleaf).Eax);
    }

    // SDM 2A: these leaves take a subleaf in ECX; the others ignore it.
    private static bool IsIndexed(uint leaf) => leaf is 4 or 7 or 0xB or 0xD or 0xF or 0x10 or 0x12 or 0x14 or 0x17 or 0x18 or 0x1B or 0x1D or 0x1E or 0x1F;
}
