using System;

namespace Multicosm.Management.Protocol;

/// <summary>One request of a machine, read from its line. Made once, used for each.</summary>
public sealed class Request
{
    /// <summary>The longest line, without its newline.</summary>
    public const int MaximumLine = 4096;

    /// <summary>The most arguments.</summary>
    public const int MaximumArguments = 64;

    /// <summary>The longest "id".</summary>
    public const int MaximumId = 64;

    // A line's strings, and what is put between them.
    private const int ArgumentBytes = MaximumLine + (4 * MaximumArguments);

    private readonly byte[] _id = new byte[MaximumId];
    private readonly byte[] _verb = new byte[MaximumLine];
    private readonly byte[] _arguments = new byte[ArgumentBytes];
    private readonly byte[] _quoted = new byte[ArgumentBytes];
    private readonly int[] _ends = new int[MaximumArguments];
    private int _idLength;
    private int _verbLength;
    private int _count;
    private int _quotedLength;

    /// <summary>True if "id" was a string.</summary>
    public bool HasTextId { get; private set; }

    /// <summary>"id": the text of a number, or a string's bytes; empty if there was none.</summary>
    public ReadOnlySpan<byte> Id => new(_id, 0, _idLength);

    /// <summary>"verb"; empty if there was none.</summary>
    public ReadOnlySpan<byte> Verb => new(_verb, 0, _verbLength);

    /// <summary>How many there are of "args".</summary>
    public int Count => _count;

    /// <summary>The arguments as they would be typed behind the verb: with blanks between, and KEY='VALUE' where a value has blanks.</summary>
    public ReadOnlySpan<byte> Typed => new(_quoted, 0, _quotedLength);

    /// <summary>Argument <paramref name="index"/>, below <see cref="Count"/>.</summary>
    public ReadOnlySpan<byte> Argument(int index)
    {
        int start = index == 0 ? 0 : _ends[index - 1];
        return new ReadOnlySpan<byte>(_arguments, start, _ends[index] - start);
    }

    /// <summary>Forgets the last one.</summary>
    public void Clear()
    {
        _idLength = 0;
        _verbLength = 0;
        _count = 0;
        _quotedLength = 0;
        HasTextId = false;
    }

    /// <summary>Reads <paramref name="line"/>, whose bytes are changed. "id" is kept as far as it was read, whatever else is wrong.</summary>
    public JsonStatus Read(Span<byte> line)
    {
        Clear();
        JsonScanner scanner = new(line);
        if (scanner.Peek() != (byte)'{')
        {
            return scanner.TrySkip() && scanner.Peek() == 0 && scanner.IsAtEnd ? JsonStatus.NotAnObject : Broken(ref scanner);
        }

        bool more = scanner.TryTake((byte)'{') && scanner.Peek() != (byte)'}';
        while (more)
        {
            JsonStatus status = ReadMember(ref scanner);
            if (status != JsonStatus.Success)
            {
                return status;
            }

            more = scanner.TryTake((byte)',');
        }

        if (!scanner.TryTake((byte)'}') || scanner.Peek() != 0 || !scanner.IsAtEnd)
        {
            return JsonStatus.Malformed;
        }

        return _verbLength == 0 ? JsonStatus.NoVerb : Quote();
    }

    private JsonStatus ReadMember(ref JsonScanner scanner)
    {
        if (!scanner.TryName(out ReadOnlySpan<byte> name))
        {
            return JsonStatus.Malformed;
        }

        if (name.SequenceEqual("id"u8))
        {
            return ReadId(ref scanner);
        }

        if (name.SequenceEqual("verb"u8))
        {
            return ReadVerb(ref scanner);
        }

        if (name.SequenceEqual("args"u8))
        {
            return ReadArguments(ref scanner);
        }

        return scanner.TrySkip() ? JsonStatus.Success : Broken(ref scanner);
    }

    private JsonStatus ReadId(ref JsonScanner scanner)
    {
        byte first = scanner.Peek();
        if (first == (byte)'n')
        {
            _idLength = 0;
            return scanner.TryWord("null"u8) ? JsonStatus.Success : JsonStatus.Malformed;
        }

        bool isText = first == (byte)'"';
        if (!isText && first is not ((byte)'-' or (>= (byte)'0' and <= (byte)'9')))
        {
            return scanner.TrySkip() ? JsonStatus.WrongId : Broken(ref scanner);
        }

        bool isWide = false;
        bool read = isText ? scanner.TryString(out ReadOnlySpan<byte> value, out isWide) : scanner.TryNumber(out value);
        if (!read || isWide || value.Length > MaximumId)
        {
            return !read ? JsonStatus.Malformed : isWide ? JsonStatus.WideCharacter : JsonStatus.LongId;
        }

        value.CopyTo(_id);
        _idLength = value.Length;
        HasTextId = isText;
        return JsonStatus.Success;
    }

    private JsonStatus ReadVerb(ref JsonScanner scanner)
    {
        if (scanner.Peek() != (byte)'"')
        {
            return scanner.TrySkip() ? JsonStatus.WrongVerb : Broken(ref scanner);
        }

        if (!scanner.TryString(out ReadOnlySpan<byte> value, out bool isWide))
        {
            return JsonStatus.Malformed;
        }

        value.CopyTo(_verb);
        _verbLength = value.Length;
        return isWide ? JsonStatus.WideCharacter : value.IsEmpty ? JsonStatus.WrongVerb : JsonStatus.Success;
    }

    private JsonStatus ReadArguments(ref JsonScanner scanner)
    {
        _count = 0;
        if (scanner.Peek() != (byte)'[')
        {
            return scanner.TrySkip() ? JsonStatus.WrongArguments : Broken(ref scanner);
        }

        bool more = scanner.TryTake((byte)'[') && scanner.Peek() != (byte)']';
        int end = 0;
        while (more)
        {
            if (scanner.Peek() != (byte)'"')
            {
                return scanner.TrySkip() ? JsonStatus.WrongArguments : Broken(ref scanner);
            }

            if (!scanner.TryString(out ReadOnlySpan<byte> value, out bool isWide))
            {
                return JsonStatus.Malformed;
            }

            if (isWide || _count == MaximumArguments)
            {
                return isWide ? JsonStatus.WideCharacter : JsonStatus.ManyArguments;
            }

            value.CopyTo(new Span<byte>(_arguments)[end..]);
            end += value.Length;
            _ends[_count++] = end;
            more = scanner.TryTake((byte)',');
        }

        return scanner.TryTake((byte)']') ? JsonStatus.Success : JsonStatus.Malformed;
    }

    private JsonStatus Quote()
    {
        for (int i = 0; i < _count; i++)
        {
            ReadOnlySpan<byte> argument = Argument(i);
            if (i > 0)
            {
                Append(" "u8);
            }

            int equals = argument.IndexOf((byte)'=');
            ReadOnlySpan<byte> value = argument[(equals + 1)..];
            bool isPlain = equals <= 0 || argument[..equals].Contains((byte)' ') || !value.Contains((byte)' ') || value[0] is (byte)'"' or (byte)'\'' or (byte)'[';
            if (isPlain)
            {
                Append(argument);
                continue;
            }

            if (value.Contains((byte)'"') && value.Contains((byte)'\''))
            {
                return JsonStatus.Unquotable;
            }

            ReadOnlySpan<byte> quote = value.Contains((byte)'"') ? "'"u8 : "\""u8;
            Append(argument[..(equals + 1)]);
            Append(quote);
            Append(value);
            Append(quote);
        }

        return JsonStatus.Success;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(_quoted)[_quotedLength..]);
        _quotedLength += bytes.Length;
    }

    private static JsonStatus Broken(ref JsonScanner scanner) => scanner.IsTooDeep ? JsonStatus.TooDeep : JsonStatus.Malformed;
}
