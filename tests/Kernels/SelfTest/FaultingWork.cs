using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Multicosm.Machine;

namespace Multicosm.SelfTest;

/// <summary>Work that faults in the way that it is told to. Each way has a method, so that its name can be found.</summary>
internal sealed unsafe class FaultingWork : ContainedWork
{
    /// <summary>RFLAGS with DF, NT and AC set.</summary>
    public const ulong SpoiltFlags = 2 | (1 << 10) | (1 << 14) | (1 << 18);

    /// <summary>MXCSR with all exceptions masked, rounding towards zero and flush to zero.</summary>
    public const uint SpoiltMxcsr = 0xFF80;

    private readonly int[] _numbers = [1, 2, 3, 4];
    private readonly object _other = new();
    private readonly Holder? _holder = null; // for ever
    private int _zero = 0; // for ever, but the compiler cannot know

    /// <summary>How it faults.</summary>
    public Fault Fault { get; set; }

    /// <summary>Where, for reads, writes and calls.</summary>
    public ulong Address { get; set; }

    /// <summary>How often <see cref="Run"/> came to its end.</summary>
    public int Completed { get; private set; }

    /// <summary>Something that the results go to, so that nothing is left out.</summary>
    public ulong Sink { get; private set; }

    /// <inheritdoc/>
    public override void Run()
    {
        switch (Fault)
        {
            case Fault.Bounds:
                Bounds(4);
                break;
            case Fault.Null:
                Null();
                break;
            case Fault.Overflow:
                Overflow(int.MaxValue);
                break;
            case Fault.Divide:
                Divide();
                break;
            case Fault.Cast:
                Cast();
                break;
            case Fault.Throw:
                Throw();
                break;
            case Fault.Allocation:
                Allocation();
                break;
            case Fault.StackOverflow:
                Sink += StackOverflow(1);
                break;
            case Fault.Read:
                Read();
                break;
            case Fault.Write:
                Write();
                break;
            case Fault.Execute:
                Execute();
                break;
            case Fault.Spoil:
                Native.Spoil(SpoiltFlags, SpoiltMxcsr);
                break;
            case Fault.None:
            default:
                break;
        }

        Completed++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Bounds(int index) => Sink += (uint)_numbers[index];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Null() => Sink += (ulong)_holder!.Value;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Overflow(int number) => Sink += (ulong)checked(number + _numbers[0]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Divide() => Sink += (ulong)(_numbers[1] / Volatile.Read(ref _zero));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Cast() => Sink += (ulong)((Holder)_other).Value;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Throw()
    {
        Sink += 7;
        throw new InvalidOperationException();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Allocation() => Sink += (ulong)new int[Volatile.Read(ref _zero) + 16].Length;

    // The call is not the last thing it does, so it cannot become a loop.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong StackOverflow(ulong depth)
    {
        ulong deeper = StackOverflow(depth + 1);
        return deeper + (uint)Volatile.Read(ref _zero);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Read() => Sink += Volatile.Read(ref *(byte*)Address);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Write() => Volatile.Write(ref *(byte*)Address, 0xC3);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Execute() => ((delegate* unmanaged[SuppressGCTransition]<void>)Address)();

    private sealed class Holder
    {
        public int Value { get; set; }
    }
}
