using System;
using System.Runtime.InteropServices;
using Multicosm.Platform.Memory;

namespace Multicosm.Unit.Vmx;

/// <summary>Memory of a PC, with its allocator: physical address 0 is at <see cref="Base"/>.</summary>
internal sealed unsafe class FakeHostMemory : IDisposable
{
    private readonly void* _memory;
    private readonly void* _tables;

    public FakeHostMemory(ulong frames)
    {
        _memory = NativeMemory.AlignedAlloc((nuint)frames * 4096, 2 << 20);
        new Span<byte>(_memory, (int)frames * 4096).Fill(0xEE); // what a table's memory held before must not matter
        _tables = NativeMemory.Alloc((nuint)FrameAllocator.TableBytes(frames));
        Frames = new FrameAllocator(_tables, frames);
        Frames.AddRam(1, frames); // frame 0 is never given out on a PC
    }

    public FrameAllocator Frames { get; }

    public ulong Base => (ulong)_memory;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        NativeMemory.Free(_tables);
    }
}
