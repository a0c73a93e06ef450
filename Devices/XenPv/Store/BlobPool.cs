using System;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>Byte strings that never change, shared by counted references, in blocks of a fixed number. String 0 is the empty one.</summary>
internal sealed class BlobPool
{
    private const int BlockBytes = 32;

    private readonly byte[] _data;
    private readonly ushort[] _next;
    private readonly ushort[] _length;
    private readonly ushort[] _references;
    private int _free;

    /// <summary>A pool of <paramref name="blocks"/> blocks of 32 bytes, below 65,536: the arena must be open.</summary>
    public BlobPool(int blocks)
    {
        _data = new byte[blocks * BlockBytes];
        _next = new ushort[blocks];
        _length = new ushort[blocks];
        _references = new ushort[blocks];
        Reset();
    }

    /// <summary>Blocks that are not in use.</summary>
    public int FreeBlocks { get; private set; }

    /// <summary>Forgets all strings.</summary>
    public void Reset()
    {
        for (int i = 1; i < _next.Length; i++)
        {
            _next[i] = (ushort)(i + 1 < _next.Length ? i + 1 : 0);
        }

        _free = 1;
        FreeBlocks = _next.Length - 1;
    }

    /// <summary>Adds <paramref name="text"/> (below 64 KiB) with one reference; false if there is no room.</summary>
    public bool TryAdd(ReadOnlySpan<byte> text, out int blob)
    {
        blob = 0;
        int needed = (text.Length + BlockBytes - 1) / BlockBytes;
        if (needed > FreeBlocks)
        {
            return false;
        }

        if (needed == 0)
        {
            return true;
        }

        blob = _free;
        int last = 0;
        for (int i = 0; i < needed; i++)
        {
            int count = Math.Min(BlockBytes, text.Length - (i * BlockBytes));
            text.Slice(i * BlockBytes, count).CopyTo(_data.AsSpan(_free * BlockBytes));
            last = _free;
            _free = _next[_free];
        }

        _next[last] = 0;
        FreeBlocks -= needed;
        _length[blob] = (ushort)text.Length;
        _references[blob] = 1;
        return true;
    }

    /// <summary>One more reference to <paramref name="blob"/>, which is given back.</summary>
    public int Share(int blob)
    {
        if (blob != 0)
        {
            _references[blob]++;
        }

        return blob;
    }

    /// <summary>One reference less; the last one gives the room back.</summary>
    public void Release(int blob)
    {
        if (blob == 0 || --_references[blob] != 0)
        {
            return;
        }

        int last = blob;
        for (FreeBlocks++; _next[last] != 0; FreeBlocks++)
        {
            last = _next[last];
        }

        _next[last] = (ushort)_free;
        _free = blob;
    }

    /// <summary>Bytes of <paramref name="blob"/>.</summary>
    public int Length(int blob) => blob == 0 ? 0 : _length[blob];

    /// <summary>Copies <paramref name="blob"/>; gives its length, which must fit.</summary>
    public int CopyTo(int blob, Span<byte> destination)
    {
        int length = Length(blob);
        for (int done = 0, block = blob; done < length; done += BlockBytes, block = _next[block])
        {
            Block(block, length - done).CopyTo(destination[done..]);
        }

        return length;
    }

    /// <summary>True if <paramref name="blob"/> is <paramref name="text"/>.</summary>
    public bool IsEqual(int blob, ReadOnlySpan<byte> text) => Length(blob) == text.Length && StartsWith(blob, text);

    /// <summary>True if <paramref name="blob"/> begins with <paramref name="text"/>.</summary>
    public bool StartsWith(int blob, ReadOnlySpan<byte> text)
    {
        if (Length(blob) < text.Length)
        {
            return false;
        }

        for (int done = 0, block = blob; done < text.Length; done += BlockBytes, block = _next[block])
        {
            ReadOnlySpan<byte> part = text[done..Math.Min(done + BlockBytes, text.Length)];
            if (!Block(block, part.Length).SequenceEqual(part))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Byte <paramref name="index"/> of <paramref name="blob"/>, below its length.</summary>
    public byte At(int blob, int index)
    {
        int block = blob;
        for (int i = index; i >= BlockBytes; i -= BlockBytes)
        {
            block = _next[block];
        }

        return _data[(block * BlockBytes) + (index % BlockBytes)];
    }

    private Span<byte> Block(int block, int bytes) => _data.AsSpan(block * BlockBytes, Math.Min(BlockBytes, bytes));
}
