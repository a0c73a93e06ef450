using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management;

/// <summary>Puts what becomes of domains into the log, and keeps it for the operator until there is a place to print it.</summary>
public sealed class Notices(HostServices host) : DomainObserver
{
    private const int CapacityBytes = 16 * 1024;
    private const int ReportBytes = 4 * 1024; // twice what the longest short crash report takes
    private const int BytesPerFlush = 256;

    private readonly TextBuffer _pending = new(CapacityBytes);
    private readonly TextBuffer _report = new(ReportBytes);
    private Domain? _quiet;
    private Domain? _urgent;

    /// <summary>True if something waits to be printed.</summary>
    public bool IsAnyPending => !_pending.IsEmpty;

    /// <summary>True if what waits is about the domain that the operator looks at.</summary>
    public bool IsUrgent { get; private set; }

    /// <summary>True while a program is on the line, which is told by events: what becomes of domains then goes to the log alone.</summary>
    public bool IsSilent { get; set; }

    /// <summary>The report of the crash that happened last.</summary>
    public ReadOnlySpan<byte> LastReport => _report.Text;

    /// <summary>Where warnings of domain files go.</summary>
    public TextOutput Pending => _pending;

    /// <summary>The domain whose start and end a command waits for and prints itself; null for none.</summary>
    public void Mute(Domain? domain) => _quiet = domain;

    /// <summary>The domain that the operator looks at: its end is printed by the console; null for none.</summary>
    public void Watch(Domain? domain) => _urgent = domain;

    /// <summary>
    /// Prints and forgets the next lines that wait, about 256 bytes of them; nothing while the line has no room for so much, or much to
    /// send before them. True if nothing waits any more. The cursor must be at the start of a line, and is there afterwards.
    /// </summary>
    public bool TryFlush(HostTerminal terminal)
    {
        // Each byte may become two: LF is CR LF on the line.
        if (IsAnyPending && terminal.PacedRoom > 0 && terminal.Room >= 2 * BytesPerFlush)
        {
            int length = LengthOfLines(_pending.Text);
            terminal.Write(_pending.Text[..length]);
            terminal.BeginLine();
            _pending.RemoveStart(length);
        }

        IsUrgent &= IsAnyPending;
        return !IsAnyPending;
    }

    // Whole lines, so that a prompt or a guest's output may come between two parts; a longer line goes at once.
    private static int LengthOfLines(ReadOnlySpan<byte> text)
    {
        if (text.Length <= BytesPerFlush)
        {
            return text.Length;
        }

        int fitting = text[..BytesPerFlush].LastIndexOf((byte)'\n') + 1;
        int first = text.IndexOf((byte)'\n') + 1;
        int lines = fitting > 0 ? fitting : first;
        return lines > 0 ? lines : text.Length;
    }

    /// <inheritdoc/>
    public override void OnStarted(Domain domain)
    {
        WriteName(host.Log, domain);
        host.Log.WriteLine(domain.State == DomainState.Paused ? ": built, paused"u8 : ": started"u8);
    }

    /// <inheritdoc/>
    public override void OnStartFailed(Domain domain)
    {
        Tell(domain, ": cannot start: "u8, _quiet == domain);
    }

    /// <inheritdoc/>
    public override void OnCrashed(Domain domain)
    {
        // Putting it into words takes longer than a serial FIFO takes to fill, so it is done once, and the line is served meanwhile.
        _report.Clear();
        CrashReport.WriteSummary(_report, domain, host.Containment);
        host.Processor.Poll();
        CrashReport.WriteShort(_report, domain, domain.Vcpu.Virtualization);
        host.Processor.Poll();
        host.Log.At(LogLevel.Kept).Write(_report.Text);
        if (!IsSilent)
        {
            _pending.Write(_report.Text);
            IsUrgent |= _urgent == domain;
        }
    }

    /// <inheritdoc/>
    public override void OnRestarting(Domain domain)
    {
        ulong now = host.Clock.Now;
        bool waits = domain.NotBeforeTicks > now;
        Tell(domain, waits ? ": starts again after a pause: "u8 : ": starts again: "u8, false);
    }

    /// <inheritdoc/>
    public override void OnEnded(Domain domain)
    {
        if (!domain.CouldNotStart)
        {
            Tell(domain, ": ended: "u8, _quiet == domain || _urgent == domain);
        }
    }

    private void Tell(Domain domain, ReadOnlySpan<byte> what, bool quiet)
    {
        WriteLine(host.Log.At(LogLevel.Kept), domain, what);
        if (!quiet && !IsSilent)
        {
            WriteLine(_pending, domain, what);
            IsUrgent |= _urgent == domain;
        }
    }

    private static void WriteLine(TextOutput output, Domain domain, ReadOnlySpan<byte> what)
    {
        WriteName(output, domain);
        output.Write(what);
        output.WriteLine(domain.Reason.Text);
    }

    private static void WriteName(TextOutput output, Domain domain)
    {
        output.Write("domain "u8);
        output.Write(domain.Name);
        output.Write(" (id "u8);
        output.WriteNumber(domain.Id);
        output.Write(")"u8);
    }
}
