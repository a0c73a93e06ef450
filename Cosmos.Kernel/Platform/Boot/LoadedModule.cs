using System;
using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Platform.Boot;

/// <summary>A boot module in the direct map. Its text is "KIND NAME", NAME percent-encoded.</summary>
public sealed unsafe class LoadedModule : BootModule
{
    private readonly byte* _start;
    private readonly int _length;
    private readonly byte[] _name;
    private readonly int _nameLength;

    /// <summary>Module <paramref name="index"/> of the boot information.</summary>
    public LoadedModule(int index)
    {
        ref BootInformation.ModuleRecord record = ref BootInformation.Module(index);
        _start = DirectMap.Pointer(record.Start);
        bool shown = HostMemory.IsDirectMapped(record.Start, record.End - record.Start); // else the loader wrote nonsense
        _length = shown ? (int)Math.Min(record.End - record.Start, int.MaxValue) : 0;
        ReadOnlySpan<byte> text = new((byte*)record.Text, record.TextLength);
        int blank = text.IndexOf((byte)' ');
        IsDomainFile = blank > 0 && text[..blank].SequenceEqual("domain"u8);
        ReadOnlySpan<byte> encoded = text[(blank + 1)..];
        _name = new byte[encoded.Length];
        _nameLength = Decode(encoded, _name);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => new(_name, 0, _nameLength);

    /// <inheritdoc/>
    public override bool IsDomainFile { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Content => new(_start, _length);

    private static int Decode(ReadOnlySpan<byte> encoded, byte[] name)
    {
        int length = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length && HexDigit(encoded[i + 1]) >= 0 && HexDigit(encoded[i + 2]) >= 0)
            {
                name[length++] = (byte)((HexDigit(encoded[i + 1]) << 4) | HexDigit(encoded[i + 2]));
                i += 2;
            }
            else
            {
                name[length++] = encoded[i];
            }
        }

        return length;
    }

    private static int HexDigit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };
}
