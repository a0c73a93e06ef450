using System;
using Multicosm.Machine;

namespace Multicosm.Platform.Screen;

/// <summary>The screen as the log writes to it.</summary>
internal sealed class ScreenOutput : TextOutput
{
    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text) => HostScreen.Write(text);
}
