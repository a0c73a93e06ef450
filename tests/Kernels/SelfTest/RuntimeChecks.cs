using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Numerics;
using System.Threading;
using Multicosm.Machine;

namespace Multicosm.SelfTest;

/// <summary>What C# code expects of its runtime. The arena is open: collections allocate.</summary>
internal sealed class RuntimeChecks(Report report)
{
    private static readonly int[] s_primes = [2, 3, 5, 7, 11, 13];
    private static readonly Point[] s_points = [new() { X = 1, Y = 10 }, new() { X = 2, Y = 20 }];
    private static readonly object s_object = new();
    private static ulong s_counter = 41;

    /// <summary>All of them.</summary>
    public void Run()
    {
        CheckCollections();
        CheckInterfaces();
        CheckStatics();
        CheckStructures();
        CheckArithmetic();
        CheckText();
    }

    private void CheckCollections()
    {
        List<int> list = [];
        Dictionary<int, int> dictionary = [];
        Queue<int> queue = new();
        for (int i = 0; i < 1000; i++)
        {
            list.Insert(i / 2, i);
            dictionary[i * 17] = i;
            queue.Enqueue(i);
        }

        bool ordered = list.Count == 1000;
        int sum = 0;
        bool found = dictionary.Count == 1000;
        for (int i = 0; i < 1000; i++)
        {
            ordered &= queue.Dequeue() == i;
            sum += list[i];
            found &= dictionary.TryGetValue(i * 17, out int value) && value == i && !dictionary.ContainsKey((i * 17) + 1);
        }

        report.Check("List and Queue"u8, ordered && sum == 499500 && list[500] == 998 && list[0] == 1 && list[999] == 0 && queue.Count == 0, "wrong content"u8);
        report.Check("Dictionary"u8, found && dictionary.Remove(17) && !dictionary.ContainsKey(17), "wrong content"u8);
    }

    private void CheckInterfaces()
    {
        IShape[] shapes = [new Square(3), new Rectangle(2, 5), new Cube(2)];
        int sum = 0;
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < shapes.Length; i++)
            {
                sum += shapes[i].Area(round);
            }
        }

        report.Check("interface dispatch"u8, sum == 30 + 30 + 72, "wrong sum"u8, (ulong)sum);
        Func<int, int> twice = number => number * 2;
        Func<int, int> more = number => number + sum;
        report.Check("delegates"u8, twice(21) == 42 && more(1) == sum + 1, "wrong result"u8);
    }

    private void CheckStatics()
    {
        int sum = 0;
        for (int i = 0; i < s_primes.Length; i++)
        {
            sum += s_primes[i];
        }

        report.Check("static arrays"u8, sum == 41 && s_points.Length == 2 && s_points[1].Y == 20, "wrong content"u8);
        report.Check("static objects and values"u8, s_object is not null && Interlocked.Increment(ref s_counter) == 42, "wrong content"u8);
    }

    private void CheckStructures()
    {
        Pair[] pairs = new Pair[100];
        for (int i = 0; i < pairs.Length; i++)
        {
            pairs[i] = new Pair { Key = i, Value = (ulong)i << 40, Previous = i == 0 ? null : s_primes };
        }

        Pair[] copy = new Pair[100];
        pairs.AsSpan(0, 99).CopyTo(copy.AsSpan(1));
        copy.AsSpan(1, 99).CopyTo(copy); // it overlaps
        bool equal = true;
        for (int i = 0; i < 99; i++)
        {
            equal &= copy[i].Key == i && copy[i].Value == (ulong)i << 40 && ReferenceEquals(copy[i].Previous, pairs[i].Previous);
        }

        report.Check("arrays of structures"u8, equal, "wrong content"u8);
    }

    private void CheckArithmetic()
    {
        UInt128 wide = (UInt128)ulong.MaxValue * ulong.MaxValue;
        bool right = (ulong)(wide >> 64) == ulong.MaxValue - 1 && (ulong)wide == 1
            && Math.BigMul(ulong.MaxValue, 3, out ulong low) == 2 && low == ulong.MaxValue - 2
            && BitOperations.TrailingZeroCount(1UL << 40) == 40 && BitOperations.PopCount(0xF0F0) == 8;
        report.Check("wide arithmetic"u8, right && new TickScale(3, 7_000_000_000).Convert(3_000_000_000) is 7_000_000_000_000_000_000 or 6_999_999_999_999_999_999, "wrong result"u8);
    }

    private void CheckText()
    {
        Span<byte> text = stackalloc byte[20];
        bool written = Utf8Formatter.TryFormat(ulong.MaxValue, text, out int length) && text[..length].SequenceEqual("18446744073709551615"u8);
        bool read = Utf8Parser.TryParse("-1234567890"u8, out long number, out int used) && number == -1234567890 && used == 11;
        ReadOnlySpan<byte> line = "the quick brown fox jumps over the lazy dog, twice or three times"u8;
        report.Check("numbers as text"u8, written && read, "wrong text"u8);
        report.Check("search in text"u8, line.IndexOf("lazy"u8) == 35 && line.IndexOf((byte)'z') == 37 && line.LastIndexOf((byte)'t') == 60 && line.IndexOf("cat"u8) < 0, "wrong place"u8);
    }

    private interface IShape
    {
        public int Area(int more);
    }

    private class Square(int side) : IShape
    {
        public virtual int Area(int more) => (side * side) + more;
    }

    private sealed class Cube(int side) : Square(side)
    {
        public override int Area(int more) => 6 * base.Area(0);
    }

    private sealed class Rectangle(int width, int height) : IShape
    {
        int IShape.Area(int more) => width * height;
    }

    private struct Point
    {
        public byte X;
        public long Y;
    }

    private struct Pair
    {
        public int Key;
        public ulong Value;
        public int[]? Previous;
    }
}
