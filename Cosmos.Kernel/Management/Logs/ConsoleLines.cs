using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Logs;

/// <summary>
/// Reads the consoles of several domains, a line at a time and in turn. No guest waits for it: what comes too fast is dropped, from that
/// domain alone, and counted. Made once, with room for every domain slot.
/// </summary>
internal sealed class ConsoleLines(DomainTable domains, MonotonicClock clock)
{
    /// <summary>The longest part of a line that is given at once.</summary>
    public const int LineBytes = 400;

    // A quarter of what a console keeps: a boot's messages fit, and a flood is never far behind what happens now.
    private const ulong BacklogBytes = GuestConsole.OutputCapacity / 4;

    // After a drop so much is left to show, so that there are more lines than words about dropped ones.
    private const ulong RestBytes = 2048;

    private readonly byte[] _bytes = new byte[LineBytes];
    private readonly bool[] _isWanted = new bool[DomainTable.Capacity];
    private readonly bool[] _isUnfinished = new bool[DomainTable.Capacity];
    private readonly uint[] _generations = new uint[DomainTable.Capacity];
    private readonly ulong[] _positions = new ulong[DomainTable.Capacity];
    private readonly ulong[] _ends = new ulong[DomainTable.Capacity];
    private readonly ulong[] _waitsSince = new ulong[DomainTable.Capacity];
    private bool _wantsNew;
    private bool _isFollowing;
    private int _turn;

    /// <summary>Starts anew: nobody is listened to. Following, lines come as they are printed, those of later domains too if <paramref name="wantsNew"/>.</summary>
    public void Begin(bool isFollowing, bool wantsNew)
    {
        _isFollowing = isFollowing;
        _wantsNew = wantsNew;
        _turn = 0;
        Array.Clear(_isWanted);
    }

    /// <summary>Listens to a domain: from now on when following, else from what is kept of its first bytes to what is its last one now.</summary>
    public void Add(Domain domain)
    {
        int slot = domain.Slot;
        _isWanted[slot] = true;
        _isUnfinished[slot] = false;
        _generations[slot] = domain.Generation;
        _ends[slot] = domain.Console.Written;
        _positions[slot] = _isFollowing ? domain.Console.Written : 0;
        _waitsSince[slot] = 0;
    }

    /// <summary>
    /// Puts the next line of the domain whose turn it is into <paramref name="line"/>, tagged with its name if <paramref name="isTagged"/>;
    /// false if there is none now, or none that can be seen.
    /// </summary>
    public bool TryTake(TextBuffer line, bool isTagged)
    {
        for (int i = 0; i < domains.Count; i++)
        {
            int slot = (_turn + i) % domains.Count;
            Domain domain = domains[slot];
            if (IsListenedTo(domain) && TryTake(domain, line, isTagged))
            {
                // What is kept is shown domain by domain, what happens line by line.
                _turn = _isFollowing ? slot + 1 : slot;
                return true;
            }
        }

        return false;
    }

    /// <summary>True if all that was kept has been given; never when following.</summary>
    public bool IsAtEnd()
    {
        bool isAtEnd = !_isFollowing;
        for (int i = 0; i < domains.Count && isAtEnd; i++)
        {
            isAtEnd = !IsListenedTo(domains[i]) || _positions[i] >= _ends[i];
        }

        return isAtEnd;
    }

    private bool IsListenedTo(Domain domain)
    {
        int slot = domain.Slot;
        bool isNew = domain.State != DomainState.Free && (!_isWanted[slot] || _generations[slot] != domain.Generation);
        if (isNew && _isFollowing && _wantsNew)
        {
            Add(domain);
            _positions[slot] = 0; // its first byte came after we began
        }

        return _isWanted[slot] && _generations[slot] == domain.Generation;
    }

    private bool TryTake(Domain domain, TextBuffer line, bool isTagged)
    {
        int slot = domain.Slot;
        ulong end = _isFollowing ? domain.Console.Written : _ends[slot];
        if (TrySkip(domain, end, out ulong dropped))
        {
            line.Write("["u8);
            line.Write(domain.Name);
            line.Write(": "u8);
            line.WriteNumber(dropped);
            line.WriteLine(" bytes dropped]"u8);
            return true;
        }

        ulong position = _positions[slot];
        int wanted = (int)Math.Min(end - Math.Min(position, end), LineBytes);
        Span<byte> bytes = new(_bytes, 0, domain.Console.Read(ref position, new Span<byte>(_bytes, 0, wanted)));
        int length = bytes.IndexOf((byte)'\n') + 1;
        bool isWhole = length > 0;
        length = isWhole ? length : bytes.Length;
        if (length == 0 || (!isWhole && length < LineBytes && MustWait(slot)))
        {
            return false;
        }

        _positions[slot] += (ulong)length;
        _waitsSince[slot] = 0;
        return TryCompose(domain, line, isTagged, bytes[..length], isWhole);
    }

    // False if nothing of it can be seen: the end of a line that was given before, or control sequences.
    private bool TryCompose(Domain domain, TextBuffer line, bool isTagged, ReadOnlySpan<byte> bytes, bool isWhole)
    {
        bool endsOther = isWhole && _isUnfinished[domain.Slot];
        _isUnfinished[domain.Slot] = !isWhole;
        if (isTagged)
        {
            line.Write(domain.Name);
            line.Write(": "u8);
        }

        int tag = line.Text.Length;
        PlainText.Append(line, bytes);
        if (line.Text.Length == tag && (endsOther || !isWhole))
        {
            line.Clear();
            return false;
        }

        line.WriteLine(""u8);
        return true;
    }

    private bool TrySkip(Domain domain, ulong end, out ulong dropped)
    {
        ref ulong position = ref _positions[domain.Slot];
        ulong first = domain.Console.Dropped;
        bool isTooFar = _isFollowing && end - position > BacklogBytes;
        ulong target = isTooFar ? end - RestBytes : Math.Max(position, first);
        dropped = target - position;
        if (dropped == 0)
        {
            return false;
        }

        position = target;
        dropped += SkipToLine(domain);
        return true;
    }

    // Goes on where a line begins, if one does soon; returns how many bytes were before it.
    private ulong SkipToLine(Domain domain)
    {
        ulong position = _positions[domain.Slot];
        int count = domain.Console.Read(ref position, _bytes);
        int before = new ReadOnlySpan<byte>(_bytes, 0, count).IndexOf((byte)'\n') + 1;
        _positions[domain.Slot] += (ulong)before;
        _isUnfinished[domain.Slot] = false;
        return (ulong)before;
    }

    // A line that is not finished gets a second; one that is only to be shown gets none.
    private bool MustWait(int slot)
    {
        if (!_isFollowing)
        {
            return false;
        }

        ulong now = clock.Now;
        _waitsSince[slot] = _waitsSince[slot] == 0 ? now : _waitsSince[slot];
        return now - _waitsSince[slot] < clock.TicksPerSecond;
    }
}
