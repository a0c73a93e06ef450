using System;
using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Platform.Boot;

/// <summary>A boot module in the direct map. Its text is a <see cref="ModuleLabel"/>.</summary>
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
        _name = new byte[text.Length];
        bool isLabel = ModuleLabel.TryRead(text, _name, out _nameLength, out bool isDomainFile);
        IsDomainFile = isLabel && isDomainFile;
        if (!isLabel)
        {
            text.CopyTo(_name); // somebody wrote the boot loader's script by hand: its text is its name
            _nameLength = text.Length;
        }
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => new(_name, 0, _nameLength);

    /// <inheritdoc/>
    public override bool IsDomainFile { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Content => new(_start, _length);
}
