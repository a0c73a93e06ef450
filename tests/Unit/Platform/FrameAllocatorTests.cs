using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using FsCheck.Xunit;
using Multicosm.Machine;
using Multicosm.Platform.Memory;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>The frame allocator against a model: an owner for each frame, nothing more.</summary>
public sealed class FrameAllocatorTests
{
    private const ulong RegionFrames = 512;
    private const int Owners = 4;

    [Fact]
    public void NothingIsFreeAtFirst()
    {
        using Fixture fixture = new(RegionFrames * 4);
        Assert.Equal(0UL, fixture.Frames.FreeBytes);
        Assert.False(fixture.Frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out _));
        Assert.Equal(FrameOwner.Reserved.Id, fixture.Frames.OwnerOf(new HostFrame(3)).Id);
        Assert.Equal(FrameOwner.Reserved.Id, fixture.Frames.OwnerOf(new HostFrame(ulong.MaxValue)).Id);
    }

    [Fact]
    public void RamThatOverlapsIsCountedOnce()
    {
        using Fixture fixture = new(RegionFrames * 4);
        fixture.Frames.AddRam(100, 1200);
        fixture.Frames.AddRam(100, 1300);
        fixture.Frames.AddRam(600, 700);
        Assert.Equal(1200UL * 4096, fixture.Frames.TotalBytes);
        Assert.Equal(1200UL * 4096, fixture.Frames.FreeBytes);
        fixture.Frames.Claim(0, 200, FrameOwner.Host);
        fixture.Frames.AddRam(100, 300); // what is claimed stays so
        Assert.Equal(100UL * 4096, fixture.Frames.BytesOwnedBy(FrameOwner.Host));
    }

    [Fact]
    public void RamBeyondTheTablesIsLeftOut()
    {
        using Fixture fixture = new(1000);
        fixture.Frames.AddRam(0, ulong.MaxValue / 4096);
        Assert.Equal(1024UL * 4096, fixture.Frames.FreeBytes); // the tables hold whole regions
        fixture.Frames.Claim(1000, ulong.MaxValue / 4096, FrameOwner.Reserved);
        Assert.Equal(1000UL * 4096, fixture.Frames.FreeBytes);
    }

    [Fact]
    public void AGibibyteIsAlignedAndContiguous()
    {
        const ulong GiB = RegionFrames * 512;
        using Fixture fixture = new(GiB * 3);
        fixture.Frames.AddRam(10, GiB * 3);
        Assert.True(fixture.Frames.TryAllocate(FrameOwner.Domain(1), PageSize.Size1G, out HostFrame first));
        Assert.Equal(GiB, first.Number); // the first one is not whole
        Assert.True(fixture.Frames.TryAllocate(FrameOwner.Domain(2), PageSize.Size4K, out HostFrame small)); // from the broken first region
        Assert.True(small.Number < RegionFrames);
        Assert.True(fixture.Frames.TryAllocate(FrameOwner.Domain(3), PageSize.Size1G, out HostFrame second));
        Assert.Equal(GiB * 2, second.Number);
        Assert.False(fixture.Frames.TryAllocate(FrameOwner.Domain(4), PageSize.Size1G, out _));
        Assert.Equal(1UL << 30, fixture.Frames.BytesOwnedBy(1));
        Assert.Equal(FrameOwner.Domain(1).Id, fixture.Frames.OwnerOf(new HostFrame(first.Number + GiB - 1)).Id);
        fixture.Frames.Free(first, PageSize.Size1G);
        Assert.Equal(0UL, fixture.Frames.BytesOwnedBy(1));
        Assert.True(fixture.Frames.TryAllocate(FrameOwner.Domain(4), PageSize.Size1G, out HostFrame again));
        Assert.Equal(first.Number, again.Number);
    }

    [Fact]
    public void AnOwnerGetsNoMoreThanItsLimit()
    {
        using Fixture fixture = new(RegionFrames * 8);
        fixture.Frames.AddRam(0, RegionFrames * 8);
        FrameOwner owner = FrameOwner.Domain(5);
        fixture.Frames.SetLimit(owner, FrameAllocator.RegionBytes + 8191); // a region and one frame
        Assert.False(fixture.Frames.TryAllocate(owner, PageSize.Size1G, out _));
        Assert.True(fixture.Frames.TryAllocate(owner, PageSize.Size2M, out HostFrame region));
        Assert.False(fixture.Frames.TryAllocate(owner, PageSize.Size2M, out _));
        Assert.True(fixture.Frames.TryAllocate(owner, PageSize.Size4K, out _));
        Assert.False(fixture.Frames.TryAllocate(owner, PageSize.Size4K, out _));
        Assert.True(fixture.Frames.TryAllocate(FrameOwner.Domain(6), PageSize.Size2M, out _));
        fixture.Frames.Free(region, PageSize.Size2M);
        Assert.True(fixture.Frames.TryAllocate(owner, PageSize.Size4K, out _));
    }

    [Fact]
    public void SingleFramesLeaveWholeRegionsWhole()
    {
        using Fixture fixture = new(RegionFrames * 8);
        fixture.Frames.AddRam(0, RegionFrames * 8);
        HashSet<ulong> regions = [];
        for (int i = 0; i < 700; i++)
        {
            Assert.True(fixture.Frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame frame));
            regions.Add(frame.Number / RegionFrames);
        }

        Assert.Equal(2, regions.Count);
        for (int i = 0; i < 6; i++)
        {
            Assert.True(fixture.Frames.TryAllocate(FrameOwner.Host, PageSize.Size2M, out _));
        }

        Assert.False(fixture.Frames.TryAllocate(FrameOwner.Host, PageSize.Size2M, out _));
    }

    [Fact]
    public void ASweepHasItsBudget()
    {
        using Fixture fixture = new(RegionFrames * 64);
        fixture.Frames.AddRam(0, RegionFrames * 64);
        while (fixture.Frames.TryAllocate(FrameOwner.Domain(9), PageSize.Size2M, out _))
        {
        }

        int cursor = 0;
        Assert.False(fixture.Frames.Sweep(FrameOwner.Domain(9), ref cursor, 10));
        Assert.Equal(10, cursor);
        Assert.Equal(10UL << 21, fixture.Frames.FreeBytes);
        Assert.True(fixture.Frames.Sweep(FrameOwner.Domain(9), ref cursor, 1000));
        Assert.Equal(64UL << 21, fixture.Frames.FreeBytes);
        Assert.Equal(0UL, fixture.Frames.BytesOwnedBy(9));
    }

    // Each number is one operation: what it does, for whom, and where.
    [Property(MaxTest = 300)]
    public void ItDoesWhatTheModelDoes(uint holeAt, byte holeLength, uint[] operations)
    {
        const ulong End = RegionFrames * 6;
        using Fixture fixture = new(End);
        Model model = new(End);
        ulong holeStart = Spread.Over64(holeAt) % End;
        model.AddRam(fixture.Frames, 0, holeStart);
        model.AddRam(fixture.Frames, Math.Min(holeStart + holeLength, End), End);
        model.Compare(fixture.Frames);
        for (int i = 0; i < operations.Length; i++)
        {
            model.Apply(fixture.Frames, Spread.Over32(operations[i] + ((ulong)i << 32)));
        }

        model.Compare(fixture.Frames);
    }

    private sealed unsafe class Fixture : IDisposable
    {
        private readonly void* _tables;

        public Fixture(ulong endFrame)
        {
            nuint bytes = (nuint)FrameAllocator.TableBytes(endFrame);
            _tables = NativeMemory.Alloc(bytes + 64);
            new Span<byte>(_tables, (int)bytes + 64).Fill(0xCC); // its start content must not matter; the end must stay
            Guard = new nint((byte*)_tables + bytes);
            Frames = new FrameAllocator(_tables, endFrame);
        }

        public FrameAllocator Frames { get; }

        private nint Guard { get; }

        public void Dispose()
        {
            bool intact = new ReadOnlySpan<byte>((void*)Guard, 64).IndexOfAnyExcept((byte)0xCC) < 0;
            NativeMemory.Free(_tables);
            Assert.True(intact, "it wrote behind its tables");
        }
    }

    private sealed class Model
    {
        private readonly ushort[] _owners;
        private readonly Stack<(ulong Frame, PageSize Size, ushort Owner)> _runs = new();

        public Model(ulong end)
        {
            _owners = new ushort[end];
            Array.Fill(_owners, FrameOwner.Reserved.Id);
        }

        public void AddRam(FrameAllocator frames, ulong first, ulong end)
        {
            frames.AddRam(first, end);
            Change(first, end, FrameOwner.Reserved.Id, FrameOwner.None.Id);
        }

        public void Apply(FrameAllocator frames, uint operation)
        {
            FrameOwner owner = FrameOwner.Domain((int)(operation >> 4 & 0xFF) % Owners);
            ulong place = operation >> 12 & 0xFFFFF;
            switch (operation & 15)
            {
                case < 6:
                    Allocate(frames, owner, PageSize.Size4K);
                    break;
                case < 9:
                    Allocate(frames, owner, PageSize.Size2M);
                    break;
                case < 12 when _runs.Count != 0:
                    (ulong frame, PageSize size, ushort id) = _runs.Pop();
                    frames.Free(new HostFrame(frame), size);
                    Change(frame, frame + Length(size), id, FrameOwner.None.Id);
                    break;
                case 13:
                    ulong first = place % (ulong)_owners.Length;
                    ulong end = first + (operation >> 24) * 5;
                    frames.Claim(first, end, owner);
                    Change(first, end, FrameOwner.None.Id, owner.Id);
                    break;
                case 14:
                    Sweep(frames, owner);
                    break;
                case 15:
                    Assert.False(frames.TryAllocate(owner, PageSize.Size1G, out _));
                    break;
            }

            Assert.Equal((ulong)_owners.Count(o => o == FrameOwner.None.Id) * 4096, frames.FreeBytes);
        }

        public void Compare(FrameAllocator frames)
        {
            for (int i = 0; i < _owners.Length; i++)
            {
                Assert.Equal(_owners[i], frames.OwnerOf(new HostFrame((ulong)i)).Id);
            }

            for (int slot = 0; slot < Owners; slot++)
            {
                Assert.Equal((ulong)_owners.Count(o => o == FrameOwner.Domain(slot).Id) * 4096, frames.BytesOwnedBy(slot));
            }
        }

        private void Allocate(FrameAllocator frames, FrameOwner owner, PageSize size)
        {
            bool found = frames.TryAllocate(owner, size, out HostFrame frame);
            if (!found)
            {
                Assert.False(HasFreeRun(Length(size)), "there was one");
                return;
            }

            Assert.Equal(0UL, frame.Number % Length(size));
            for (ulong i = frame.Number; i < frame.Number + Length(size); i++)
            {
                Assert.Equal(FrameOwner.None.Id, _owners[i]); // nobody else has it
            }

            Change(frame.Number, frame.Number + Length(size), FrameOwner.None.Id, owner.Id);
            _runs.Push((frame.Number, size, owner.Id));
        }

        private void Sweep(FrameAllocator frames, FrameOwner owner)
        {
            int cursor = 0;
            int steps = 0;
            while (!frames.Sweep(owner, ref cursor, 2))
            {
                Assert.True(++steps < 100, "it does not end");
            }

            Change(0, (ulong)_owners.Length, owner.Id, FrameOwner.None.Id);
            (ulong, PageSize, ushort)[] kept = [.. _runs.Where(run => run.Owner != owner.Id).Reverse()];
            _runs.Clear();
            foreach ((ulong, PageSize, ushort) run in kept)
            {
                _runs.Push(run);
            }
        }

        private bool HasFreeRun(ulong length)
        {
            for (ulong start = 0; start + length <= (ulong)_owners.Length; start += length)
            {
                if (_owners.AsSpan((int)start, (int)length).IndexOfAnyExcept(FrameOwner.None.Id) < 0)
                {
                    return true;
                }
            }

            return false;
        }

        private void Change(ulong first, ulong end, ushort from, ushort to)
        {
            for (ulong i = first; i < end && i < (ulong)_owners.Length; i++)
            {
                _owners[i] = _owners[i] == from ? to : _owners[i];
            }
        }

        private static ulong Length(PageSize size) => size == PageSize.Size4K ? 1 : RegionFrames;
    }
}
