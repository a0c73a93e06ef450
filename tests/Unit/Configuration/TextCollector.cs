using System;
using System.Collections.Generic;
using System.Text;
using Multicosm.Machine;

namespace Multicosm.Unit.Configuration;

/// <summary>Keeps what is written to it.</summary>
internal sealed class TextCollector : TextOutput
{
    private readonly List<byte> _bytes = [];

    public string Text => Encoding.UTF8.GetString(_bytes.ToArray());

    public override void Write(ReadOnlySpan<byte> text) => _bytes.AddRange(text);
}
