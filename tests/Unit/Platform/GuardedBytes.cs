using System;
using System.Runtime.InteropServices;

namespace Multicosm.Unit.Platform;

/// <summary>Bytes that end where a page without access begins: reading one too many ends the test program.</summary>
internal sealed unsafe class GuardedBytes : IDisposable
{
    private const int PageBytes = 4096;
    private readonly nint _pages;
    private readonly nuint _length;

    public GuardedBytes(ReadOnlySpan<byte> content)
    {
        int pages = ((content.Length + PageBytes - 1) / PageBytes) + 1;
        _length = (nuint)(pages * PageBytes);
        _pages = Map(0, _length, 3, 0x22, -1, 0);
        byte* guard = (byte*)_pages + ((pages - 1) * PageBytes);
        if (_pages == -1 || Protect((nint)guard, PageBytes, 0) != 0)
        {
            throw new InvalidOperationException("no guard page");
        }

        Start = guard - content.Length;
        content.CopyTo(new Span<byte>(Start, content.Length));
    }

    public byte* Start { get; }

    public void Dispose() => _ = Unmap(_pages, _length);

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect")]
    private static extern int Protect(nint address, nuint length, int protection);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Unmap(nint address, nuint length);
}
