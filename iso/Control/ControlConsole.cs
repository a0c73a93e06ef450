using System;
using System.IO;
using System.Text;
using Multicosm.Hosting.Terminals;

namespace Multicosm.Control;

/// <summary>Where mc reads and writes: standard input, output and error, or what a test puts in their place.</summary>
internal sealed class ControlConsole
{
    /// <summary>Where results go, as bytes.</summary>
    public Stream Output { get; init; } = Console.OpenStandardOutput();

    /// <summary>Where messages go.</summary>
    public TextWriter Errors { get; init; } = Console.Error;

    /// <summary>What is typed.</summary>
    public Stream Input { get; init; } = Console.OpenStandardInput();

    /// <summary>True if both ends are a terminal with somebody at it.</summary>
    public bool HasTerminal { get; init; } = RawTerminal.IsPresent;

    /// <summary>Writes a text to <see cref="Output"/>.</summary>
    public void Write(string text) => Output.Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a line to <see cref="Output"/>.</summary>
    public void WriteLine(string line) => Write(line + "\n");
}
