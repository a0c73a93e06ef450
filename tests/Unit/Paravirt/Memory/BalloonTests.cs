using System;
using System.Collections.Generic;
using System.Linq;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>Runs of frames that a guest gives back and gets again. Its pages 512 to 990 are mapped nowhere.</summary>
public sealed class BalloonTests : IDisposable
{
    private const ulong Second = 512; // first page of the second region
    private const ulong SecondPages = 1024 - 33 - Second;

    private readonly BootedGuest _guest = new();

    public void Dispose() => _guest.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void Runs_are_given_back_and_got_again(int order)
    {
        ulong count = 1ul << order;
        ulong run = _guest.Frame(Second);
        Assert.Equal(1, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, (ulong)order, run));
        Assert.Equal((count, 991 - count), (_guest.Types.FreeCount, _guest.Host.Own.Ram.CurrentPages));
        _guest.Host.Check();
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, 0, run + count - 1)); // not twice
        Assert.Equal(1, _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, (ulong)order, 5000, 6000));
        Assert.Equal(run, _guest.Content(BootedGuest.Lists)[0]);
        Assert.Equal(6000ul, _guest.Content(BootedGuest.Lists)[1]); // there was none for it
        for (ulong i = 0; i < count; i++)
        {
            Assert.Equal(5000 + i, _guest.Host.Own.Ram.PhysicalNumber(new HostFrame(run + i)));
        }

        Assert.Equal(0ul, _guest.Types.FreeCount);
        _guest.Host.Check();
        Assert.Equal(1, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, (ulong)order, run));
        Assert.Equal(1, _guest.ReserveRuns(MemoryCommand.IncreaseReservation, (ulong)order, 0));
        Assert.Equal(MachineToPhysical.NoFrame, _guest.Host.Own.Ram.PhysicalNumber(new HostFrame(run)));
    }

    [Fact]
    public void A_run_that_is_not_wholly_the_guest_s_stays_as_it_is()
    {
        ulong run = _guest.Frame(Second);
        Assert.Equal(1, _guest.Reserve(MemoryCommand.DecreaseReservation, run + 3));
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, 2, run)); // one is given back
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, 9, _guest.Host.Other.Ram.FrameAt(0).Number));
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, 9, ulong.MaxValue - 100));
        Assert.Equal(1ul, _guest.Types.FreeCount);
        Assert.Equal(2, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, 1, run, run + 4, run + 2));
        _guest.Host.Check();
    }

    [Theory]
    [InlineData(10ul)]
    [InlineData(63ul)]
    [InlineData(0xFFFFFFFFul)]
    public void There_are_no_longer_runs(ulong order)
    {
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, order, _guest.Frame(Second)));
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, order, 1));
        Assert.Equal(-1, Exchange(order, [_guest.Frame(Second)], order, [1]));
    }

    [Fact]
    public void Frames_that_lie_apart_make_no_run()
    {
        ulong run = _guest.Frame(Second);
        Assert.Equal(8, _guest.Reserve(MemoryCommand.DecreaseReservation, [.. Enumerable.Range(0, 8).Select(i => run + ((ulong)i * 2))]));
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, 1, 5000));
        Assert.Equal(1, _guest.Reserve(MemoryCommand.DecreaseReservation, run + 5)); // with its neighbour 4, not 6: runs are aligned
        Assert.Equal(1, _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, 1, 5000));
        Assert.Equal(run + 4, _guest.Content(BootedGuest.Lists)[0]);
        Assert.Equal(7, _guest.Reserve(MemoryCommand.PopulatePhysicalMap, [.. Enumerable.Range(0, 8).Select(i => (ulong)i)]));
        _guest.Host.Check();
    }

    [Fact]
    public void Frames_above_the_asked_width_are_not_given()
    {
        ulong run = _guest.Frame(Second);
        Assert.Equal(1, _guest.Reserve(MemoryCommand.DecreaseReservation, run));
        ulong bits = 64 - (ulong)System.Numerics.BitOperations.LeadingZeroCount(run << 12);
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, (bits - 1) << 32, 5000));
        Assert.Equal(1, _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, bits << 32, 5000));
    }

    [Fact]
    public void A_run_in_use_is_got_again_when_it_is_no_longer()
    {
        ulong run = _guest.Frame(Second);
        Assert.Equal(0, _guest.UpdateMapping(BootedGuest.Linear(30), (run << 12) | 3));
        Assert.Equal(1, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, 2, run));
        Assert.Equal(3ul, _guest.Types.FreeCount);
        Assert.Equal(0, _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, 2, 5000));
        _guest.Host.Check();
        Assert.Equal(0, _guest.UpdateMapping(BootedGuest.Linear(30), 0));
        Assert.Equal(1, _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, 2, 5000));
    }

    [Fact]
    public void Long_lists_go_on_after_an_interruption()
    {
        using BootedGuest guest = new(budget: 100);
        ulong run = guest.Frame(Second);
        ulong[] extents = [.. Enumerable.Range(0, 64).Select(i => run + ((ulong)i * 4))];
        Assert.Equal(64, guest.ReserveRuns(MemoryCommand.DecreaseReservation, 2, extents));
        Assert.True(guest.Interruptions > 1);
        Assert.Equal(64, guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, 2, [.. Enumerable.Range(0, 65).Select(i => 5000 + ((ulong)i * 4))]));
        Assert.True(guest.Interruptions > 1);
        Assert.Equal(extents.Order(), guest.Content(BootedGuest.Lists)[..64].ToArray().Order());
        guest.Host.Check();
    }

    [Fact]
    public void Single_frames_are_exchanged_for_a_run_and_back()
    {
        ulong run = _guest.Frame(Second);
        ulong[] apart = [run + 3, run, run + 2, run + 1];
        Assert.Equal(0, Exchange(0, apart, 2, [7000]));
        Assert.Equal((4ul, run), (_guest.Content(BootedGuest.Arguments)[8], _guest.Content(BootedGuest.Lists)[256]));
        Assert.Equal(7003ul, _guest.Host.Own.Ram.PhysicalNumber(new HostFrame(run + 3)));
        _guest.Host.Check();
        Assert.Equal(0, Exchange(2, [run, run + 4], 0, [1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.Equal(2ul, _guest.Content(BootedGuest.Arguments)[8]);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => run + (ulong)i), _guest.Content(BootedGuest.Lists).Slice(256, 8).ToArray().Order());
        Assert.Equal(0ul, _guest.Types.FreeCount);
        _guest.Host.Check();
    }

    [Fact]
    public void An_exchange_that_cannot_be_done_changes_nothing()
    {
        ulong run = _guest.Frame(Second);
        ulong[] apart = [run, run + 2, run + 4, run + 6];
        Assert.Equal(-12, Exchange(0, apart, 2, [7000]));
        Assert.Equal(-22, Exchange(0, [run, run + 1, run + 2, run], 2, [7000])); // one is named twice
        Assert.Equal(-22, Exchange(0, [run, run + 1, run + 2, _guest.Frame(100)], 2, [7000])); // one is mapped
        Assert.Equal(-22, Exchange(0, [run, run + 1, run + 2, _guest.Host.Other.Ram.FrameAt(1).Number], 2, [7000]));
        Assert.Equal(-22, Exchange(0, [run], 2, [7000]));
        Assert.Equal(-22, Exchange(0, [run], 0, [7000], done: 2));
        Assert.Equal(0ul, _guest.Types.FreeCount);
        Assert.Equal(Second, _guest.Host.Own.Ram.PhysicalNumber(new HostFrame(run)));
        _guest.Host.Check();
    }

    [Fact]
    public void An_exchange_tells_how_far_it_came()
    {
        ulong run = _guest.Frame(Second);
        Assert.Equal(-12, Exchange(0, [run, run + 1, run + 8, run + 10], 1, [7000, 8000]));
        Assert.Equal(2ul, _guest.Content(BootedGuest.Arguments)[8]);
        Assert.Equal((7000ul, 7001ul), (_guest.Host.Own.Ram.PhysicalNumber(new HostFrame(run)), _guest.Host.Own.Ram.PhysicalNumber(new HostFrame(run + 1))));
        Assert.Equal(Second + 8, _guest.Host.Own.Ram.PhysicalNumber(new HostFrame(run + 8)));
        _guest.Host.Check();
    }

    [Fact]
    public void Long_exchanges_go_on_after_an_interruption()
    {
        using BootedGuest guest = new(budget: 100);
        ulong run = guest.Frame(Second);
        ulong[] frames = [.. Enumerable.Range(0, 128).Select(i => run + (ulong)i)];
        Assert.Equal(0, Exchange(guest, 0, frames, 3, [.. Enumerable.Range(0, 16).Select(i => 7000 + ((ulong)i * 8))], 0));
        Assert.True(guest.Interruptions > 1);
        Assert.Equal(128ul, guest.Content(BootedGuest.Arguments)[8]);
        guest.Host.Check();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Whatever_is_given_and_got_no_frame_is_lost_or_had_twice(int seed)
    {
        Random random = new(seed);
        HashSet<ulong> own = [.. Enumerable.Range(0, (int)SecondPages).Select(i => _guest.Frame(Second + (ulong)i))];
        for (int step = 0; step < 600; step++)
        {
            int order = random.Next(5);
            ulong count = 1ul << order;
            if (random.Next(2) == 0)
            {
                ulong first = _guest.Frame(Second) + (ulong)random.Next((int)SecondPages);
                bool isOwn = Enumerable.Range(0, (int)count).All(i => own.Contains(first + (ulong)i));
                bool isSpecial = first + count > _guest.Frame(Second) + SecondPages;
                if (isSpecial)
                {
                    continue;
                }

                Assert.Equal(isOwn ? 1 : 0, _guest.ReserveRuns(MemoryCommand.DecreaseReservation, (ulong)order, first));
                own.ExceptWith(isOwn ? Enumerable.Range(0, (int)count).Select(i => first + (ulong)i) : []);
            }
            else
            {
                long got = _guest.ReserveRuns(MemoryCommand.PopulatePhysicalMap, (ulong)order, 5000);
                bool isThere = Enumerable.Range(0, (int)(512 / count)).Any(run => Enumerable.Range(0, (int)count).All(i => IsFree(own, _guest.Frame(Second) + ((ulong)run * count) + (ulong)i)));
                Assert.Equal(isThere ? 1 : 0, got);
                for (ulong i = 0; i < count && got == 1; i++)
                {
                    Assert.True(own.Add(_guest.Content(BootedGuest.Lists)[0] + i));
                }
            }

            Assert.Equal(SecondPages - (ulong)own.Count, _guest.Types.FreeCount);
        }

        _guest.Host.Check();
    }

    private bool IsFree(HashSet<ulong> own, ulong frame) => frame < _guest.Frame(Second) + SecondPages && !own.Contains(frame);

    private long Exchange(ulong givenOrder, ulong[] given, ulong wantedOrder, ulong[] wanted, ulong done = 0) => Exchange(_guest, givenOrder, given, wantedOrder, wanted, done);

    private static long Exchange(BootedGuest guest, ulong givenOrder, ulong[] given, ulong wantedOrder, ulong[] wanted, ulong done)
    {
        given.CopyTo(guest.Content(BootedGuest.Lists));
        wanted.CopyTo(guest.Content(BootedGuest.Lists)[256..]);
        ulong[] argument =
        [
            BootedGuest.Linear(BootedGuest.Lists), (ulong)given.Length, givenOrder, DomainNumbers.Self,
            BootedGuest.Linear(BootedGuest.Lists) + 2048, (ulong)wanted.Length, wantedOrder, DomainNumbers.Self, done,
        ];
        argument.CopyTo(guest.Content(BootedGuest.Arguments));
        return guest.Memory(MemoryCommand.Exchange);
    }
}
