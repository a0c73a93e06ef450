using System.Collections.Generic;

namespace Multicosm.Hosting.Scripts;

/// <summary>The bytes that a terminal sends for its keys.</summary>
/// <source>ECMA-48; xterm "Control Sequences", PC-Style Function Keys</source>
public static class KeyNames
{
    private static readonly Dictionary<string, byte[]> s_keys = Make();

    /// <summary>The bytes of a key; null if there is no such key.</summary>
    public static byte[]? Find(string name) => s_keys.GetValueOrDefault(name);

    private static Dictionary<string, byte[]> Make()
    {
        Dictionary<string, byte[]> keys = new()
        {
            ["enter"] = [0x0D],
            ["esc"] = [0x1B],
            ["tab"] = [0x09],
            ["backspace"] = [0x7F],
            ["delete"] = [0x1B, (byte)'[', (byte)'3', (byte)'~'],
            ["up"] = [0x1B, (byte)'[', (byte)'A'],
            ["down"] = [0x1B, (byte)'[', (byte)'B'],
            ["right"] = [0x1B, (byte)'[', (byte)'C'],
            ["left"] = [0x1B, (byte)'[', (byte)'D'],
            ["home"] = [0x1B, (byte)'[', (byte)'H'],
            ["end"] = [0x1B, (byte)'[', (byte)'F'],
            ["pgup"] = [0x1B, (byte)'[', (byte)'5', (byte)'~'],
            ["pgdn"] = [0x1B, (byte)'[', (byte)'6', (byte)'~'],
            ["ctrl-]"] = [0x1D],
        };
        for (int i = 1; i <= 4; i++)
        {
            keys["f" + i] = [0x1B, (byte)'O', (byte)('P' + i - 1)];
        }

        string[] numbers = ["15", "17", "18", "19", "20", "21", "23", "24"];
        for (int i = 0; i < numbers.Length; i++)
        {
            keys["f" + (i + 5)] = [0x1B, (byte)'[', (byte)numbers[i][0], (byte)numbers[i][1], (byte)'~'];
        }

        for (char letter = 'A'; letter <= 'Z'; letter++)
        {
            byte[] bytes = [(byte)(letter - 'A' + 1)];
            keys["ctrl-" + letter] = bytes;
            keys["ctrl-" + char.ToLowerInvariant(letter)] = bytes;
        }

        return keys;
    }
}
