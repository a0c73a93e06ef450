using System;
using System.Runtime.InteropServices;

namespace Multicosm.Unit.Paravirt.Emulation;

/// <summary>
/// Runs one instruction on this computer's own processor: what the emulation is compared with. The instruction's memory operand must be
/// [rdi + 0x40]; RDI is left alone.
/// </summary>
internal sealed unsafe class NativeCode : IDisposable
{
    /// <summary>What is at [rdi] in the instruction's eyes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 0x80)]
    internal struct State
    {
        [FieldOffset(0)]
        public ulong Rax;

        [FieldOffset(8)]
        public ulong Rcx;

        [FieldOffset(16)]
        public ulong Rdx;

        [FieldOffset(24)]
        public ulong Rbx;

        [FieldOffset(32)]
        public ulong Rflags;

        [FieldOffset(0x40)]
        public ulong Memory;

        [FieldOffset(0x48)]
        public ulong MemoryAbove;
    }

    private const int PageBytes = 4096;

    private readonly byte* _code = Map(null, PageBytes, 7, 0x22, -1, 0);

    public void Run(ReadOnlySpan<byte> instruction, ref State state)
    {
        byte[] before =
        [
            0x53, 0x48, 0x8B, 0x07, 0x48, 0x8B, 0x4F, 0x08, 0x48, 0x8B, 0x57, 0x10, 0x48, 0x8B, 0x5F, 0x18, // push rbx; mov rax..rbx, [rdi + n]
            0xFF, 0x77, 0x20, 0x9D, // push qword [rdi + 0x20]; popfq
        ];
        byte[] after =
        [
            0x9C, 0x8F, 0x47, 0x20, // pushfq; pop qword [rdi + 0x20]
            0x48, 0x89, 0x07, 0x48, 0x89, 0x4F, 0x08, 0x48, 0x89, 0x57, 0x10, 0x48, 0x89, 0x5F, 0x18, 0x5B, 0xC3, // mov [rdi + n], rax..rbx; pop rbx; ret
        ];
        Span<byte> target = new(_code, PageBytes);
        before.CopyTo(target);
        instruction.CopyTo(target[before.Length..]);
        after.CopyTo(target[(before.Length + instruction.Length)..]);
        fixed (State* address = &state)
        {
            ((delegate* unmanaged<State*, void>)_code)(address);
        }
    }

    public void Dispose() => _ = Unmap(_code, PageBytes);

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Unmap(void* address, nuint length);
}
