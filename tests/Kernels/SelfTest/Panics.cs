using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Multicosm.Platform.Panic;

namespace Multicosm.SelfTest;

/// <summary>The ends of a host, each met three calls deep so that the backtrace has names to show.</summary>
internal static unsafe class Panics
{
    private static readonly int[] s_numbers = [1];
    private static int s_zero = 0;

    /// <summary>Ends the host as <paramref name="kind"/> says; returns if it does not know it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong First(ReadOnlySpan<byte> kind)
    {
        Touch();
        ulong result = Second(kind);
        Touch(); // a method of a single call has no frame of its own
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch() => Volatile.Write(ref s_zero, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Second(ReadOnlySpan<byte> kind)
    {
        ulong result = Third(kind);
        Touch();
        return result ^ 5;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Third(ReadOnlySpan<byte> kind)
    {
        if (kind.SequenceEqual("halt"u8))
        {
            PanicScreen.Halt("on purpose"u8, 0x1234ABCD);
        }
        else if (kind.SequenceEqual("trap"u8))
        {
            Volatile.Write(ref *(ulong*)0x18, 0);
        }
        else if (kind.SequenceEqual("divide"u8))
        {
            return (ulong)(1 / Volatile.Read(ref s_zero));
        }
        else if (kind.SequenceEqual("throw"u8))
        {
            return (ulong)s_numbers[Volatile.Read(ref s_zero) + 1];
        }
        else if (kind.SequenceEqual("stack"u8))
        {
            return Endless(1);
        }

        return 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Endless(ulong depth)
    {
        Touch();
        ulong deeper = Endless(depth + 1);
        return deeper - (uint)Volatile.Read(ref s_zero);
    }
}
