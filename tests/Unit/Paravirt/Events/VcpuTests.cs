using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Hypercalls;
using Xunit;

namespace Multicosm.Unit.Paravirt.Events;

public sealed unsafe class VcpuTests : IDisposable
{
    private const uint Initialise = 0, Up = 1, Down = 2, IsUp = 3, GetRunstate = 4, RegisterRunstate = 5, SetPeriodic = 6, StopPeriodic = 7, SetSingleShot = 8, StopSingleShot = 9, RegisterInfo = 10, SendNmi = 11, RegisterTime = 13;
    private const ulong KernelBase = 0xFFFFFFFF80000000;

    private readonly PvFixture _pv = new();
    private readonly FakePages _pages;
    private readonly VcpuHypercalls _calls;

    public VcpuTests()
    {
        _pages = new FakePages(_pv);
        _calls = new VcpuHypercalls(_pages);
    }

    public void Dispose() => _pv.Dispose();

    [Fact]
    public void Vcpus_are_counted_by_asking()
    {
        Assert.Equal(1, Call(IsUp, 0));
        Assert.Equal(0, Call(IsUp, 1));
        Assert.Equal(-(long)XenError.NoEntry, Call(IsUp, 2));
        Assert.Equal(-(long)XenError.NoEntry, Call(IsUp, 0xFFFFFFFF));
        Assert.Equal(-(long)XenError.NoSystemCall, Call(14, 0));
    }

    [Fact]
    public void A_vcpu_gets_its_context_and_comes_up()
    {
        Assert.Equal(-(long)XenError.Invalid, Call(Up, 1));
        PvVcpu second = _pv.Domain.Vcpu(1);
        second.Registers->Rflags = 0xFFFF;
        WriteContext();
        Assert.Equal(0, Call(Initialise, 1));
        Assert.False(second.IsUp);
        Assert.Equal(-(long)XenError.Exists, Call(Initialise, 1));
        Assert.Equal(0, Call(Up, 1));
        Assert.Equal(0, Call(Up, 1));
        Assert.Equal(1, Call(IsUp, 1));
        Assert.True(second.IsKernelMode);
        Assert.Equal(KernelBase + 0x1000, second.Registers->Rip);
        Assert.Equal(0x0202UL | 0x1, second.Registers->Rflags); // IF set, IOPL out
        Assert.Equal(1, second.IoPrivilege);
        Assert.Equal(0xE033UL, second.Registers->Cs);
        Assert.Equal(0xE02BUL, second.Registers->Ss);
        Assert.Equal(15UL, second.Registers->R15);
        Assert.Equal(0xDDUL, second.Registers->Rdi);
        Assert.Equal(0x1F80u, ((uint*)&second.Registers->Fx)[6]);
        Assert.Equal(KernelBase + 0x40, second.Trap(14).Address);
        Assert.Equal(0xE033, second.Trap(14).Selector);
        Assert.Equal(4, second.Trap(14).Flags);
        Assert.Equal(0x123UL, _pages.KernelFrame);
        Assert.Equal(0UL, _pages.UserFrame);
        Assert.Equal(0x77UL, _pages.GdtFrame);
        Assert.Equal(1, _pages.GdtFrames);
        Assert.Equal(0xFFFF888000000000, second.GsBase);
        Assert.Equal(0UL, second.InactiveGsBase);
        Assert.Equal(0xE02BUL, second.KernelSs);
        Assert.Equal(KernelBase + 0x300, second.SyscallAddress);
        Assert.True(second.SyscallMasks);
        Assert.False(second.FailsafeMasks);
    }

    [Theory]
    [InlineData(520 + 128)]
    [InlineData(520 + 152)]
    [InlineData(720 + (255 * 16) + 8)]
    [InlineData(4816)]
    [InlineData(4976)]
    [InlineData(5112)]
    [InlineData(5120)]
    [InlineData(5128)]
    [InlineData(5144)]
    [InlineData(5152)]
    [InlineData(5160)]
    public void Addresses_that_no_cpu_has_are_refused(int offset)
    {
        WriteContext();
        _pv.Guest.UInt64((ulong)offset) = 0x8000_0000_0000_0000;
        Assert.Equal(-(long)XenError.Invalid, Call(Initialise, 1));
        Assert.False(_pv.Domain.Vcpu(1).IsInitialised);
        Assert.Equal(0UL, _pages.KernelFrame);
    }

    [Theory]
    [InlineData(4824, 8193UL)]
    [InlineData(4960, 7169UL)]
    [InlineData(4960, ulong.MaxValue)]
    [InlineData(4816, 0x1008UL)]
    [InlineData(512, 0UL)] // user mode without a user's table
    public void Tables_that_do_not_fit_are_refused(int offset, ulong value)
    {
        WriteContext();
        _pv.Guest.UInt64((ulong)offset) = value;
        Assert.Equal(-(long)XenError.Invalid, Call(Initialise, 1));
    }

    [Fact]
    public void Tables_that_may_not_be_used_leave_the_vcpu_as_it_is()
    {
        WriteContext();
        _pages.Error = XenError.Invalid;
        Assert.Equal(-(long)XenError.Invalid, Call(Initialise, 1));
        Assert.False(_pv.Domain.Vcpu(1).IsInitialised);
        Assert.Equal(0UL, _pv.Domain.Vcpu(1).Registers->Rip);
        Assert.Equal(-(long)XenError.Fault, _calls.Invoke(_pv.Vcpu, Initialise, 1, 16384 - 5167));
    }

    [Fact]
    public void The_last_vcpu_that_goes_down_takes_the_domain_with_it()
    {
        WriteContext();
        Assert.Equal(0, Call(Initialise, 1));
        Assert.Equal(0, Call(Up, 1));
        Assert.Equal(0, Call(Down, 0));
        Assert.False(_pv.Vcpu.IsUp);
        Assert.Equal(VcpuExitKind.Halt, _pv.Vcpu.Exit.Kind);
        PvVcpu second = _pv.Domain.Vcpu(1);
        Assert.Equal(0, _calls.Invoke(second, Down, 1, 0));
        Assert.Equal(VcpuExitKind.Power, second.Exit.Kind);
        Assert.Equal((ulong)GuestPowerReason.PowerOff, second.Exit.Value);
    }

    [Fact]
    public void The_runstate_area_shows_what_the_vcpu_does()
    {
        _pv.Vcpu.Runstate.OnRun();
        _pv.Clock.Ticks = 500;
        Assert.Equal(0, CallAt(RegisterRunstate, 0, 2048));
        Assert.Equal(0u, _pv.Guest.UInt32(2048));
        Assert.Equal(5000UL, _pv.Guest.UInt64(2048 + 16), 2UL);
        _pv.Vcpu.Runstate.OnPreempt();
        Assert.Equal(1u, _pv.Guest.UInt32(2048));
        Assert.Equal(0, Call(GetRunstate, 1));
        Assert.Equal(3u, _pv.Guest.UInt32(0));
        Assert.Equal(-(long)XenError.Fault, CallAt(RegisterRunstate, 0, 0xFFFF8000_00000000));
        Assert.Equal(2048UL, _pv.Vcpu.Runstate.Area);
    }

    [Fact]
    public void Timers_check_what_they_are_given()
    {
        Assert.Equal(0, Call(StopPeriodic, 0));
        Assert.Equal(-(long)XenError.Invalid, CallAt(SetPeriodic, 0, 999_999));
        Assert.Equal(-(long)XenError.Invalid, CallAt(SetPeriodic, 0, ulong.MaxValue));
        Assert.Equal(0, CallAt(SetPeriodic, 1, 1_000_000));
        Assert.Equal(1, _pv.Timers.ArmedCount);
        Assert.Equal(0, Call(StopPeriodic, 1));
        Assert.Equal(-(long)XenError.Invalid, CallAt(SetSingleShot, 1, 1000));
        Assert.Equal(-(long)XenError.Invalid, Call(StopSingleShot, 1));
        Assert.Equal(0, CallAt(SetSingleShot, 0, 1_000_000));
        Assert.Equal(1, _pv.Timers.ArmedCount);
        Assert.Equal(0, Call(StopSingleShot, 0));
        _pv.Clock.Ticks = 1000;
        Assert.Equal(0, CallAt(SetSingleShot, 0, 1));
        _pv.Guest.UInt32(8) = 1;
        Assert.Equal(-(long)XenError.Timeout, CallAt(SetSingleShot, 0, 1));
        Assert.Equal(0, _pv.Timers.ArmedCount);
    }

    [Fact]
    public void Vcpu_info_moves_once_and_nothing_is_lost()
    {
        _pv.Vcpu.Info[16] = 0x5A;
        _pv.Guest.UInt64(0) = 4;
        _pv.Guest.UInt32(8) = 4096 - 64;
        Assert.Equal(0, Call(RegisterInfo, 0));
        Assert.True(_pv.Vcpu.Info == _pages.Page + 4096 - 64);
        Assert.Equal(0x5A, _pv.Vcpu.Info[16]);
        Assert.Equal(1, _pv.Vcpu.Info[0]);
        Assert.Equal(1, _pv.Vcpu.Info[1]);
        Assert.Equal(ulong.MaxValue, PvFixture.Selector(_pv.Vcpu));
        Assert.Equal(_pv.Time.Multiplier, *(uint*)(_pv.Vcpu.Info + 32 + 24));
        Assert.Equal(-(long)XenError.Invalid, Call(RegisterInfo, 0));
        Assert.Equal(0, Call(RegisterInfo, 1)); // it is down
    }

    [Theory]
    [InlineData(4UL, 4096u - 56)]
    [InlineData(4UL, 0xFFFFFFF8u)]
    [InlineData(4UL, 12u)]
    [InlineData(5UL, 0u)]
    public void Vcpu_info_cannot_go_anywhere(ulong frame, uint offset)
    {
        _pv.Guest.UInt64(0) = frame;
        _pv.Guest.UInt32(8) = offset;
        Assert.Equal(-(long)XenError.Invalid, Call(RegisterInfo, 0));
        Assert.Equal(0, _pages.Taken);
    }

    [Fact]
    public void Vcpu_info_is_moved_once_the_domain_s_earlier_work_is_done()
    {
        _pv.Guest.UInt64(0) = 4;
        _pages.Pending = 2;
        Assert.Equal(-(long)XenError.Unfinished, Call(RegisterInfo, 0));
        Assert.Equal(-(long)XenError.Unfinished, Call(RegisterInfo, 0));
        Assert.Equal(0, Call(RegisterInfo, 0));
        Assert.Equal(1, _pages.Taken);
    }

    [Fact]
    public void A_context_has_control_and_debug_registers_and_may_bring_the_vcpu_up()
    {
        PvVcpu second = _pv.Domain.Vcpu(1);
        Assert.True(second.Cpuid.TrySet(1, 0, new CpuidResult { Ecx = 1 << 26 }));
        WriteContext();
        _pv.Guest.UInt32(512) |= 32; // online
        _pv.Guest.UInt64(4984 + 32) = (1 << 18) | (1 << 3) | (1 << 2) | (1 << 13) | (1 << 16); // OSXSAVE, DE, TSD; VMXE and FSGSBASE are not its
        _pv.Guest.UInt64(5048) = 0x1234;
        _pv.Guest.UInt64(5048 + 8) = 0xFFFF800000000000; // not its own
        _pv.Guest.UInt64(5048 + 32) = 1; // there is no DR4
        _pv.Guest.UInt64(5048 + 56) = 0x103;
        Assert.Equal(0, Call(Initialise, 1));
        Assert.True(second.IsUp);
        Assert.Equal((ulong)((1 << 18) | (1 << 3) | (1 << 2)), second.Cr4);
        Assert.Equal((0x1234ul, 0ul, 0xFFFF0FF0ul, 0x503ul), (second.Dr0, second.Dr1, second.Dr6, second.Dr7));
        Assert.Equal(RunstateKind.Runnable, second.Runstate.State);
    }

    [Fact]
    public void A_running_vcpu_s_info_is_moved_by_itself_alone()
    {
        _pv.Guest.UInt64(0) = 4;
        Assert.Equal(-(long)XenError.Invalid, _calls.Invoke(_pv.Domain.Vcpu(1), RegisterInfo, 0, 0));
    }

    [Fact]
    public void The_time_area_and_nmis()
    {
        Assert.Equal(0, CallAt(RegisterTime, 0, 512));
        Assert.Equal(2u, _pv.Guest.UInt32(512));
        Assert.Equal(_pv.Time.Multiplier, _pv.Guest.UInt32(512 + 24));
        Assert.Equal(-(long)XenError.Fault, CallAt(RegisterTime, 0, 1 << 20));
        _pv.Vcpu.IsBlocked = true;
        Assert.Equal(0, Call(SendNmi, 0));
        Assert.True(_pv.Vcpu.IsNmiPending);
        Assert.False(_pv.Vcpu.IsBlocked);
    }

    private long Call(uint command, uint vcpu) => _calls.Invoke(_pv.Vcpu, command, vcpu, 0);

    private long CallAt(uint command, uint vcpu, ulong first)
    {
        _pv.Guest.UInt64(0) = first;
        return Call(command, vcpu);
    }

    private void WriteContext()
    {
        Span<byte> context = _pv.Guest.Bytes.AsSpan(0, VcpuContext.Size);
        context.Clear();
        void Put(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_pv.Guest.Bytes.AsSpan(offset), value);
        Put(512, 4 | 16);
        Put(520, 15);
        Put(520 + 112, 0xDD);
        Put(520 + 128, KernelBase + 0x1000);
        Put(520 + 136, 0xE030);
        Put(520 + 144, 0x1001); // IOPL 1, carry
        Put(520 + 152, KernelBase + 0x2000);
        Put(520 + 160, 0xE028);
        Put(720 + (14 * 16), 14 | (4UL << 8) | (0xE030UL << 16));
        Put(720 + (14 * 16) + 8, KernelBase + 0x40);
        Put(4832, 0x77);
        Put(4960, 16);
        Put(4968, 0xE028);
        Put(4976, KernelBase + 0x2000);
        Put(4984 + 24, 0x123000);
        Put(5112, KernelBase + 0x100);
        Put(5120, KernelBase + 0x200);
        Put(5128, KernelBase + 0x300);
        Put(5152, 0xFFFF888000000000);
    }

    private sealed class FakePages(PvFixture pv) : VcpuPages
    {
        internal byte* Page { get; } = pv.Page();

        internal int Taken { get; private set; }

        internal ulong KernelFrame { get; private set; }

        internal ulong UserFrame { get; private set; }

        internal ulong GdtFrame { get; private set; }

        internal int GdtFrames { get; private set; }

        internal XenError Error { get; set; }

        internal int Pending { get; set; }

        public override XenError TakeWritable(PvDomain domain, ulong frame, out byte* page)
        {
            page = Page;
            if (Pending > 0)
            {
                Pending--;
                return XenError.Unfinished;
            }

            Taken += frame == 4 ? 1 : 0;
            return frame == 4 ? XenError.None : XenError.NotPermitted;
        }

        public override XenError TakeTables(PvVcpu target, ulong kernelFrame, ulong userFrame, ReadOnlySpan<ulong> gdtFrames, uint gdtEntries, ulong ldtAddress, uint ldtEntries)
        {
            KernelFrame = kernelFrame;
            UserFrame = userFrame;
            GdtFrame = gdtFrames.IsEmpty ? 0 : gdtFrames[0];
            GdtFrames = gdtFrames.Length;
            return Error;
        }
    }
}
