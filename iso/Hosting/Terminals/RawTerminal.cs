using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Multicosm.Hosting.Terminals;

/// <summary>The terminal that we are in, with every key as it is pressed and nothing done to it, until disposed.</summary>
/// <source>termios(3)</source>
public sealed class RawTerminal : IDisposable
{
    private const int Input = 0;
    private const int Now = 0;

    // More than struct termios has on any Linux.
    private const int SettingsSize = 256;

    private readonly byte[] _settings = new byte[SettingsSize];
    private int _restored;

    private RawTerminal()
    {
    }

    /// <summary>True if standard input and output are both a terminal.</summary>
    public static bool IsPresent => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    /// <summary>Takes the terminal.</summary>
    public static RawTerminal Open()
    {
        RawTerminal terminal = new();
        if (GetAttributes(Input, terminal._settings) != 0)
        {
            throw new HostException(ExitCode.Usage, "standard input is not a terminal");
        }

        byte[] raw = [.. terminal._settings];
        MakeRaw(raw);
        _ = SetAttributes(Input, Now, raw); // what cannot be set stays as it was
        return terminal;
    }

    /// <summary>Gives the terminal back as it was.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _restored, 1) == 0)
        {
            _ = SetAttributes(Input, Now, _settings); // nothing better can be done
        }
    }

    /// <summary>Reads what was typed: the number of bytes, 0 at the end.</summary>
    public static int Read(byte[] buffer) => (int)ReadFile(Input, buffer, (nuint)buffer.Length);

    [DllImport("libc", EntryPoint = "tcgetattr")]
    private static extern int GetAttributes(int file, byte[] settings);

    [DllImport("libc", EntryPoint = "tcsetattr")]
    private static extern int SetAttributes(int file, int when, byte[] settings);

    [DllImport("libc", EntryPoint = "cfmakeraw")]
    private static extern void MakeRaw([In, Out] byte[] settings);

    [DllImport("libc", EntryPoint = "read")]
    private static extern nint ReadFile(int file, [Out] byte[] buffer, nuint length);
}
