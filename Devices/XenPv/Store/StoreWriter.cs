using System;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>Writes nodes of one domain's part, for the manager, and keeps the first error.</summary>
internal ref struct StoreWriter
{
    private readonly XenStore _store;
    private readonly ushort _domain;
    private readonly int _prefix;
    private StorePathBuilder _path;
    private StorePathBuilder _value;

    /// <summary>Writes the part of <paramref name="domain"/>; the buffers have room for its longest path and value.</summary>
    public StoreWriter(XenStore store, ushort domain, Span<byte> pathBuffer, Span<byte> valueBuffer)
    {
        _store = store;
        _domain = domain;
        _path = new StorePathBuilder(pathBuffer);
        _value = new StorePathBuilder(valueBuffer);
        _path.Add(StorePath.Domains);
        _path.Add(domain);
        _path.Add("/"u8);
        _prefix = _path.Text.Length;
    }

    /// <summary>The first error.</summary>
    public StoreError Error { get; private set; }

    /// <summary>A node that holds a text.</summary>
    public void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _path.CutTo(_prefix);
        _path.Add(name);
        Keep(_store.Write(_path.Text, value));
    }

    /// <summary>A node that holds a decimal number.</summary>
    public void Number(ReadOnlySpan<byte> name, ulong value)
    {
        _value.CutTo(0);
        _value.Add(value);
        Text(name, _value.Text);
    }

    /// <summary>A node, holding nothing, that the guest may change.</summary>
    public void Own(ReadOnlySpan<byte> name)
    {
        Text(name, []);
        Keep(_store.Grant(_path.Text, _domain, 0));
    }

    /// <summary>The node that says that a vCPU may be used.</summary>
    public void Online(int vcpu)
    {
        _path.CutTo(_prefix);
        _path.Add("cpu/"u8);
        _path.Add((ulong)vcpu);
        _path.Add("/availability"u8);
        Keep(_store.Write(_path.Text, "online"u8));
    }

    private void Keep(StoreError error) => Error = Error == StoreError.None ? error : Error;
}
