using System;

namespace Multicosm.Domains.Configuration;

/// <summary>Finds the key that was probably meant.</summary>
public static class NearestKey
{
    // Longer than any key: what is beyond differs anyway.
    private const int MaximumLength = 20;
    private const int Width = MaximumLength + 1;

    /// <summary>
    /// The key whose name is nearest to <paramref name="name"/>, by letters changed, missing, too many or exchanged with their neighbours:
    /// at most one in three; None if no key is that near.
    /// </summary>
    public static ConfigurationKey Find(ReadOnlySpan<byte> name)
    {
        ConfigurationKey nearest = ConfigurationKey.None;
        if (name.Length > MaximumLength)
        {
            return nearest;
        }

        int best = int.MaxValue;
        for (int i = 1; i < ConfigurationKeys.Count; i++)
        {
            ReadOnlySpan<byte> key = ConfigurationKeys.NameOf((ConfigurationKey)i);
            int distance = Distance(name, key);
            if (distance < best && distance * 3 <= Math.Max(name.Length, key.Length))
            {
                best = distance;
                nearest = (ConfigurationKey)i;
            }
        }

        return nearest;
    }

    // A row for each letter of the one, a column for each of the other: the cheapest way to make the beginnings alike.
    private static int Distance(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> table = stackalloc byte[Width * Width];
        for (int row = 0; row <= left.Length; row++)
        {
            for (int column = 0; column <= right.Length; column++)
            {
                table[(row * Width) + column] = (byte)(row == 0 || column == 0 ? row + column : Cheapest(table, row, column, left, right));
            }
        }

        return table[(left.Length * Width) + right.Length];
    }

    private static int Cheapest(ReadOnlySpan<byte> table, int row, int column, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        int here = (row * Width) + column;
        int cost = left[row - 1] == right[column - 1] ? 0 : 1;
        int best = Math.Min(table[here - Width - 1] + cost, 1 + Math.Min(table[here - Width], table[here - 1]));
        bool exchanged = row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
        return exchanged ? Math.Min(best, table[here - (2 * Width) - 2] + 1) : best;
    }
}
