using System;
using System.Collections.Generic;
using System.Text;
using Multicosm.Machine;

namespace Multicosm.Hosting.Composing;

/// <summary>Takes text that the kernel's code writes and gives it as a string.</summary>
internal sealed class MessageCollector : TextOutput
{
    private readonly List<byte> _bytes = [];

    public string Text => Encoding.UTF8.GetString(_bytes.ToArray()).TrimEnd('\n');

    public override void Write(ReadOnlySpan<byte> text) => _bytes.AddRange(text);
}
