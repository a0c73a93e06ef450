using System;

namespace Multicosm.Management.Editing;

/// <summary>Knows what the word under the cursor may become.</summary>
public abstract class CompletionSource
{
    /// <summary>Looks at the line up to the cursor; returns how many bytes of its end are the word to complete.</summary>
    public abstract int Begin(ReadOnlySpan<byte> line);

    /// <summary>
    /// Candidate number <paramref name="index"/> for the word of the last <see cref="Begin"/>, whether it begins like it or not; empty if that
    /// number has none. False behind the last one.
    /// </summary>
    public abstract bool TryGet(int index, out ReadOnlySpan<byte> candidate);
}
