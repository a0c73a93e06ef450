namespace Multicosm.Control.Commands;

/// <summary>One domain in the live view.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Its state.</param>
/// <param name="CpuPercent">Share of the CPU since the last look.</param>
/// <param name="CpuSeconds">CPU time in all.</param>
/// <param name="ExitsPerSecond">Exits since the last look.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="ConsolePerSecond">Bytes that its console printed since the last look.</param>
/// <param name="BusiestExit">The kind of exit that there were most of.</param>
internal sealed record TopRow(string Name, string State, double CpuPercent, double CpuSeconds, double ExitsPerSecond, ulong MemoryBytes, double ConsolePerSecond, string BusiestExit);
