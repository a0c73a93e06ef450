using System;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>
/// The text side of a domain's serial port: output kept from its first byte (oldest dropped, and counted, when nobody looks),
/// input that never drops: whoever types waits while it is full.
/// </summary>
public sealed class GuestConsole
{
    /// <summary>Bytes of output kept; a power of two.</summary>
    public const int OutputCapacity = Quotas.ConsoleBytes;

    /// <summary>Bytes of input that may wait for the guest; a power of two.</summary>
    public const int InputCapacity = Quotas.InputBytes;

    private readonly byte[] _output = new byte[OutputCapacity];
    private readonly byte[] _input = new byte[InputCapacity];
    private ulong _written;
    private ulong _shown;
    private uint _typed;
    private uint _taken;

    /// <summary>An empty console that nobody looks at.</summary>
    public GuestConsole()
    {
        Sink = new ConsoleSink(this);
        Source = new ConsoleSource(this);
    }

    /// <summary>Where the guest's UART writes to.</summary>
    public CharSink Sink { get; }

    /// <summary>Where the guest's UART reads from.</summary>
    public CharSource Source { get; }

    /// <summary>True while an operator looks: then the guest waits instead of losing output.</summary>
    public bool IsAttached { get; private set; }

    /// <summary>True if something happened here that the UART should look at.</summary>
    public bool NeedsService { get; set; }

    /// <summary>Bytes of output since the domain was created.</summary>
    public ulong Written => _written;

    /// <summary>Bytes of output that are no longer kept.</summary>
    public ulong Dropped => _written <= OutputCapacity ? 0 : _written - OutputCapacity;

    /// <summary>Bytes of output that the operator has not yet seen.</summary>
    public int Unseen => IsAttached ? (int)(_written - _shown) : 0;

    /// <summary>Position of the next byte that <see cref="Show"/> gives; positions count from 0 at the domain's first byte.</summary>
    public ulong ShownPosition => _shown;

    /// <summary>True if <see cref="TryType"/> will take a byte.</summary>
    public bool CanType => _typed - _taken < InputCapacity;

    /// <summary>Starts to show the output, from the first byte kept.</summary>
    public void Attach() => Attach(0);

    /// <summary>Starts to show the output, from <paramref name="position"/> or the nearest byte to it that is kept.</summary>
    public void Attach(ulong position)
    {
        IsAttached = true;
        NeedsService = true; // a guest that waited for who looked before may go on
        _shown = Math.Clamp(position, Dropped, _written);
    }

    /// <summary>Stops showing; the guest no longer waits for anybody.</summary>
    public void Detach()
    {
        IsAttached = false;
        NeedsService = true;
    }

    /// <summary>Gives the next unseen bytes; returns how many.</summary>
    public int Show(Span<byte> destination)
    {
        int count = Math.Min(Unseen, destination.Length);
        for (int i = 0; i < count; i++)
        {
            destination[i] = _output[(int)(_shown % OutputCapacity)];
            _shown++;
        }

        NeedsService |= count > 0;
        return count;
    }

    /// <summary>
    /// Copies output from <paramref name="position"/> on, which counts from 0 at the domain's first byte and is moved up to
    /// <see cref="Dropped"/> if that is gone; gives the bytes copied and the position after them. The guest does not wait for this reader.
    /// </summary>
    public int Read(ref ulong position, Span<byte> destination)
    {
        position = Math.Max(position, Dropped);
        int count = (int)Math.Min(_written - Math.Min(position, _written), (ulong)destination.Length);
        int start = (int)(position % OutputCapacity);
        int first = Math.Min(count, OutputCapacity - start);
        new ReadOnlySpan<byte>(_output, start, first).CopyTo(destination);
        new ReadOnlySpan<byte>(_output, 0, count - first).CopyTo(destination[first..]);
        position += (ulong)count;
        return count;
    }

    /// <summary>Takes a byte that the operator typed; false if the guest has not read enough of the others.</summary>
    public bool TryType(byte value)
    {
        if (!CanType)
        {
            return false;
        }

        _input[_typed % InputCapacity] = value;
        _typed++;
        NeedsService = true;
        return true;
    }

    /// <summary>Forgets everything: the slot gets another domain.</summary>
    public void Reset()
    {
        IsAttached = false;
        NeedsService = false;
        _written = 0;
        _shown = 0;
        _typed = 0;
        _taken = 0;
    }

    /// <summary>Forgets what was typed and not read: the guest that it was meant for is gone.</summary>
    public void DropInput() => _taken = _typed;

    private sealed class ConsoleSink(GuestConsole console) : CharSink
    {
        public override bool CanWrite => !console.IsAttached || console._written - console._shown < OutputCapacity;

        public override bool TryWrite(byte value)
        {
            if (!CanWrite)
            {
                return false;
            }

            console._output[(int)(console._written % OutputCapacity)] = value;
            console._written++;
            return true;
        }
    }

    private sealed class ConsoleSource(GuestConsole console) : CharSource
    {
        public override bool CanRead => console._typed != console._taken;

        public override bool TryRead(out byte value)
        {
            if (!CanRead)
            {
                value = 0;
                return false;
            }

            value = console._input[console._taken % InputCapacity];
            console._taken++;
            return true;
        }
    }
}
