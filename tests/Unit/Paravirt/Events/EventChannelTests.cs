using System;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;
using Xunit;

namespace Multicosm.Unit.Paravirt.Events;

public sealed unsafe class EventChannelTests : IDisposable
{
    private const uint BindInterdomain = 0, BindVirq = 1, Close = 3, Send = 4, Status = 5, AllocUnbound = 6, BindIpi = 7, BindVcpu = 8, Unmask = 9, Reset = 10;

    private readonly PvFixture _pv = new();

    public void Dispose() => _pv.Dispose();

    [Fact]
    public void A_timer_interrupt_is_bound_once_and_delivered()
    {
        uint port = Bound(BindVirq, 8, 0, 0);
        Assert.Equal(1u, port);
        Assert.Equal(-(long)XenError.Exists, _pv.Event(BindVirq, 0, 0));
        _pv.Domain.Events.RaiseVirq(_pv.Vcpu, Virq.Timer);
        Assert.True(_pv.IsDelivered(_pv.Vcpu, port));
        Assert.False(_pv.IsDelivered(_pv.Domain.Vcpu(1), port));
    }

    [Fact]
    public void An_interrupt_that_nobody_bound_is_lost()
    {
        _pv.Domain.Events.RaiseVirq(_pv.Vcpu, Virq.Timer);
        Assert.Equal(0, _pv.Vcpu.Info[0]);
    }

    [Theory]
    [InlineData(24u, 0u, (int)XenError.Invalid)]
    [InlineData(0xFFFFFFFFu, 0u, (int)XenError.Invalid)]
    [InlineData(2u, 1u, (int)XenError.Invalid)] // the domain's own interrupts begin at vCPU 0
    [InlineData(0u, 2u, (int)XenError.NoEntry)]
    [InlineData(0u, 0x80000000u, (int)XenError.NoEntry)]
    public void Odd_interrupts_are_refused(uint virq, uint vcpu, int error) => Assert.Equal(-(long)error, _pv.Event(BindVirq, virq, vcpu));

    [Fact]
    public void A_masked_port_stays_pending_until_it_is_unmasked()
    {
        uint port = Bound(BindIpi, 4, 1);
        _pv.Mask(0) = ulong.MaxValue;
        Assert.Equal(0, _pv.Event(Send, port));
        PvVcpu other = _pv.Domain.Vcpu(1);
        Assert.Equal(1UL << (int)port, _pv.Pending(0));
        Assert.Equal(0UL, PvFixture.Selector(other));
        Assert.Equal(0, other.Info[0]);
        Assert.Equal(0, _pv.Event(Unmask, port));
        Assert.True(_pv.IsDelivered(other, port));
        Assert.Equal(~(1UL << (int)port), _pv.Mask(0));
    }

    [Fact]
    public void A_port_that_is_pending_already_is_not_delivered_again()
    {
        uint port = Bound(BindIpi, 4, 0);
        Assert.Equal(0, _pv.Event(Send, port));
        _pv.Vcpu.Info[0] = 0; // the guest is about to take it
        Assert.Equal(0, _pv.Event(Send, port));
        Assert.Equal(0, _pv.Vcpu.Info[0]);
        _pv.TakeEvents();
        Assert.Equal(0, _pv.Event(Send, port));
        Assert.True(_pv.IsDelivered(_pv.Vcpu, port));
    }

    [Fact]
    public void A_send_to_a_service_reaches_the_run_loop_and_its_doorbell_the_guest()
    {
        uint port = (uint)_pv.Domain.Events.BindService((int)GuestService.Store);
        Assert.Equal(-(int)XenError.Exists, _pv.Domain.Events.BindService((int)GuestService.Store));
        Assert.Equal(0, _pv.Event(Send, port));
        Assert.Equal(VcpuExitKind.Notify, _pv.Vcpu.Exit.Kind);
        Assert.Equal((ulong)GuestService.Store, _pv.Vcpu.Exit.Address);
        Assert.True(_pv.Domain.Events.TryTakeRung(out int service));
        Assert.Equal((int)GuestService.Store, service);
        Assert.False(_pv.Domain.Events.TryTakeRung(out _));
        Assert.Equal(0, _pv.Vcpu.Info[0]); // the guest's own send is no event for it
        _pv.Domain.Events.DoorbellOf((int)GuestService.Store).Ring();
        Assert.True(_pv.IsDelivered(_pv.Vcpu, port));
        Assert.Equal(0, _pv.Event(Close, port));
        _pv.TakeEvents();
        _pv.Domain.Events.DoorbellOf((int)GuestService.Store).Ring();
        Assert.Equal(0, _pv.Vcpu.Info[0]);
    }

    [Fact]
    public void A_service_connects_to_a_port_that_was_opened_for_domain_0_alone()
    {
        uint mine = Bound(AllocUnbound, 4, DomainNumbers.Self | (9u << 16));
        uint theirs = Bound(AllocUnbound, 4, DomainNumbers.Self);
        Assert.False(_pv.Domain.Events.TryConnectService(mine, 5));
        Assert.False(_pv.Domain.Events.TryConnectService(theirs + 1, 5));
        Assert.False(_pv.Domain.Events.TryConnectService(5000, 5));
        Assert.True(_pv.Domain.Events.TryConnectService(theirs, 5));
        Assert.False(_pv.Domain.Events.TryConnectService(theirs, 6));
        _pv.Domain.Events.DoorbellOf(5).Ring();
        Assert.True(_pv.IsDelivered(_pv.Vcpu, theirs));
    }

    [Fact]
    public void Two_domains_talk_over_a_connected_pair()
    {
        PvDomain other = _pv.AddDomain(slot: 4, id: 9, vcpus: 1);
        uint mine = Bound(AllocUnbound, 4, DomainNumbers.Self | (9u << 16));
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(other.Vcpu(0), BindInterdomain, 7, mine + 1));
        Assert.Equal(-(long)XenError.NoDomain, _pv.Event(other.Vcpu(0), BindInterdomain, 8, mine));
        Assert.Equal(0, _pv.Event(other.Vcpu(0), BindInterdomain, 7, mine));
        uint theirs = _pv.Guest.UInt32(8);
        Assert.Equal(1, other.Vcpu(0).Info[0]); // an event for what may have been lost
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(other.Vcpu(0), BindInterdomain, 7, mine)); // taken
        Assert.Equal(0, _pv.Event(other.Vcpu(0), Send, theirs));
        Assert.True(_pv.IsDelivered(_pv.Vcpu, mine));
        Assert.Equal(0, _pv.Event(other.Vcpu(0), Close, theirs));
        Assert.Equal(PortState.Unbound, _pv.Domain.Events[mine].State);
        Assert.Equal(0, _pv.Event(Send, mine)); // lost, as nobody is connected
        Assert.Equal(0, _pv.Event(other.Vcpu(0), BindInterdomain, 7, mine)); // and again
    }

    [Fact]
    public void A_port_is_for_the_domain_that_it_was_opened_for()
    {
        PvDomain other = _pv.AddDomain(slot: 4, id: 9, vcpus: 1);
        uint mine = Bound(AllocUnbound, 4, DomainNumbers.Self | (10u << 16));
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(other.Vcpu(0), BindInterdomain, 7, mine));
        Assert.Equal(-(long)XenError.NotPermitted, _pv.Event(other.Vcpu(0), AllocUnbound, 7 | (9u << 16)));
        Assert.Equal(-(long)XenError.NotPermitted, _pv.Event(other.Vcpu(0), Status, 7, mine));
        Assert.Equal(-(long)XenError.NotPermitted, _pv.Event(other.Vcpu(0), Reset, 7));
    }

    [Fact]
    public void Another_vcpu_gets_the_events_of_a_port_that_may_move()
    {
        PvVcpu second = _pv.Domain.Vcpu(1);
        uint ipi = Bound(BindIpi, 4, 0);
        uint timer = Bound(BindVirq, 8, 0, 0);
        uint service = (uint)_pv.Domain.Events.BindService(0);
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(BindVcpu, ipi, 1));
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(BindVcpu, timer, 1));
        Assert.Equal(-(long)XenError.NoEntry, _pv.Event(BindVcpu, service, 2));
        Assert.Equal(0, _pv.Event(BindVcpu, service, 1));
        _pv.Domain.Events.RaiseService(0);
        Assert.True(_pv.IsDelivered(second, service));
        Assert.Equal(0, _pv.Vcpu.Info[0]);
    }

    [Fact]
    public void Status_tells_what_a_port_is()
    {
        uint port = (uint)_pv.Domain.Events.BindService(0);
        Assert.Equal(0, _pv.Event(Status, DomainNumbers.Self, port));
        Assert.Equal(2u, _pv.Guest.UInt32(8)); // interdomain, with domain 0
        Assert.Equal(0u, _pv.Guest.UInt32(16));
        uint debug = Bound(BindVirq, 8, 1, 1);
        Assert.Equal(0, _pv.Event(Status, DomainNumbers.Self, debug));
        Assert.Equal(4u, _pv.Guest.UInt32(8));
        Assert.Equal(1u, _pv.Guest.UInt32(12));
        Assert.Equal(1u, _pv.Guest.UInt32(16));
        Assert.Equal(0, _pv.Event(Status, DomainNumbers.Self, 500));
        Assert.Equal(0u, _pv.Guest.UInt32(8));
    }

    [Theory]
    [InlineData(Close)]
    [InlineData(Send)]
    [InlineData(BindVcpu)]
    [InlineData(Unmask)]
    public void Ports_that_the_table_does_not_have_are_refused(uint command)
    {
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(command, 0, 0));
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(command, EventChannels.PortCount, 0));
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(command, 0xFFFFFFFF, 0));
    }

    [Theory]
    [InlineData(2u, (int)XenError.NotPermitted)]
    [InlineData(11u, (int)XenError.NoSystemCall)]
    [InlineData(12u, (int)XenError.NoSystemCall)]
    [InlineData(13u, (int)XenError.NoSystemCall)]
    [InlineData(0xFFFFFFFFu, (int)XenError.NoSystemCall)]
    public void Commands_that_we_do_not_do_are_named_so(uint command, int error) => Assert.Equal(-(long)error, _pv.Event(command, 1, 1));

    [Fact]
    public void An_argument_that_is_not_there_is_a_fault()
    {
        Assert.Equal(-(long)XenError.Fault, _pv.Events.Invoke(_pv.Vcpu, BindIpi, 0xFFFF8000_00000000));
        Assert.Equal(-(long)XenError.Fault, _pv.Events.InvokeCompatible(_pv.Vcpu, 16384));
        Assert.Equal(-(long)XenError.Fault, _pv.Events.InvokeCompatible(_pv.Vcpu, ulong.MaxValue));
    }

    [Fact]
    public void The_first_form_of_the_hypercall_works_too()
    {
        _pv.Guest.UInt32(0) = BindIpi;
        _pv.Guest.UInt32(4) = 1;
        Assert.Equal(0, _pv.Events.InvokeCompatible(_pv.Vcpu, 0));
        Assert.Equal(1u, _pv.Guest.UInt32(8));
        _pv.Guest.UInt32(0) = Reset;
        Assert.Equal(-(long)XenError.NoSystemCall, _pv.Events.InvokeCompatible(_pv.Vcpu, 0));
    }

    [Fact]
    public void A_domain_has_a_quota_of_ports_and_closed_ones_come_again_clean()
    {
        for (uint port = 1; port < EventChannels.PortCount; port++)
        {
            Assert.Equal(port, Bound(BindIpi, 4, 0));
        }

        Assert.Equal(-(long)XenError.NoSpace, _pv.Event(BindIpi, 0));
        Assert.Equal(0, _pv.Event(Send, 77));
        Assert.Equal(0, _pv.Event(Close, 77));
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(Close, 77));
        Assert.Equal(0UL, _pv.Pending(1));
        Assert.Equal(77u, Bound(BindIpi, 4, 1));
        Assert.Equal(0, _pv.Event(Reset, DomainNumbers.Self));
        Assert.Equal(1u, Bound(BindVirq, 8, 0, 0));
    }

    [Fact]
    public void An_event_wakes_the_vcpu_that_waits_for_it()
    {
        PvVcpu second = _pv.Domain.Vcpu(1);
        uint port = Bound(BindIpi, 4, 1);
        second.IsBlocked = _pv.Vcpu.IsBlocked = true;
        Assert.Equal(0, _pv.Event(Send, port));
        Assert.False(second.IsBlocked);
        Assert.True(_pv.Vcpu.IsBlocked);
    }

    [Fact]
    public void What_the_guest_writes_over_the_shared_page_is_not_believed()
    {
        uint port = (uint)_pv.Domain.Events.BindService(0);
        new Span<byte>(_pv.Domain.SharedInfo, 4096).Fill(0xFF);
        _pv.Domain.Events.RaiseService(0);
        Assert.Equal(0, _pv.Event(Unmask, port));
        Assert.Equal(0, _pv.Event(Send, port));
        Assert.Equal(-(long)XenError.Invalid, _pv.Event(Send, 900));
    }

    [Fact]
    public void A_domain_without_a_shared_page_gets_nothing()
    {
        _ = _pv.Domain.Events.BindService(0);
        _pv.Domain.SharedInfo = null;
        _pv.Domain.Events.RaiseService(0);
        _pv.Domain.Events.CloseAll(_pv.Directory);
        Assert.Equal(PortState.Closed, _pv.Domain.Events[1].State);
    }

    // The port that a binding gave, which lies at offset place of its argument.
    private uint Bound(uint command, ulong place, params uint[] numbers)
    {
        Assert.Equal(0, _pv.Event(command, numbers));
        return _pv.Guest.UInt32(place);
    }
}
