using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>event_channel_op (32) and its first form (16). Results are 0 or minus a <see cref="XenError"/>.</summary>
/// <source>Xen headers "event_channel.h"</source>
internal sealed class EventHypercalls(DomainDirectory domains)
{
    private const uint BindInterdomain = 0;
    private const uint BindVirq = 1;
    private const uint BindPirq = 2;
    private const uint CloseCommand = 3;
    private const uint SendCommand = 4;
    private const uint StatusCommand = 5;
    private const uint AllocateUnbound = 6;
    private const uint BindIpi = 7;
    private const uint BindVcpu = 8;
    private const uint UnmaskCommand = 9;
    private const uint ResetCommand = 10;

    /// <summary>event_channel_op. A send to a service of the hypervisor makes the exit <see cref="VcpuExitKind.Notify"/>, and stays in <see cref="EventChannels.Rung"/>.</summary>
    public long Invoke(PvVcpu caller, uint command, ulong argument)
    {
        if (command is not (SendCommand or UnmaskCommand))
        {
            return InvokeOther(caller, command, argument);
        }

        // By far the most frequent ones
        if (!caller.Domain.Guest!.TryReadUInt32(caller, argument, out uint port))
        {
            return -(long)XenError.Fault;
        }

        return command == SendCommand ? -(long)Send(caller, port) : -(long)Unmask(caller.Domain.Events, port);
    }

    private long InvokeOther(PvVcpu caller, uint command, ulong argument)
    {
        Span<byte> copy = stackalloc byte[24];
        int size = SizeOf(command);
        if (size == 0)
        {
            return command == BindPirq ? -(long)XenError.NotPermitted : -(long)XenError.NoSystemCall;
        }

        copy = copy[..size];
        GuestArguments guest = caller.Domain.Guest!;
        if (!guest.TryCopyIn(caller, argument, copy))
        {
            return -(long)XenError.Fault;
        }

        if (!IsAnswered(command))
        {
            return -(long)Act(caller, command, copy);
        }

        long result = Answer(caller, command, copy);
        return result < 0 || guest.TryCopyOut(caller, argument, copy) ? result : -(long)XenError.Fault;
    }

    /// <summary>event_channel_op_compat: the command is a part of the argument, and the newer commands are missing.</summary>
    public long InvokeCompatible(PvVcpu caller, ulong argument)
    {
        Span<byte> command = stackalloc byte[4];
        if (!caller.Domain.Guest!.TryCopyIn(caller, argument, command))
        {
            return -(long)XenError.Fault;
        }

        uint number = BinaryPrimitives.ReadUInt32LittleEndian(command);
        return number <= UnmaskCommand ? Invoke(caller, number, argument + 4) : -(long)XenError.NoSystemCall;
    }

    // Bytes of the command's argument; 0 for what we do not do.
    private static int SizeOf(uint command) => command switch
    {
        BindInterdomain or BindVirq => 12,
        CloseCommand => 4,
        StatusCommand => 24,
        AllocateUnbound or BindIpi or BindVcpu => 8,
        ResetCommand => 2,
        _ => 0,
    };

    private static bool IsAnswered(uint command) => command is BindInterdomain or BindVirq or AllocateUnbound or BindIpi or StatusCommand;

    private XenError Act(PvVcpu caller, uint command, ReadOnlySpan<byte> argument)
    {
        EventChannels events = caller.Domain.Events;
        if (command == ResetCommand)
        {
            return Reset(caller.Domain, BinaryPrimitives.ReadUInt16LittleEndian(argument));
        }

        uint port = BinaryPrimitives.ReadUInt32LittleEndian(argument);
        return command == CloseCommand ? events.Close(domains, port) : events.BindVcpu(port, BinaryPrimitives.ReadUInt32LittleEndian(argument[4..]));
    }

    private static XenError Unmask(EventChannels events, uint port)
    {
        if (!events.Has(port))
        {
            return XenError.Invalid;
        }

        events.Unmask(port);
        return XenError.None;
    }

    private XenError Send(PvVcpu caller, uint port)
    {
        EventChannels events = caller.Domain.Events;
        if (events.Has(port) && events.StateOf(port) == PortState.Ipi)
        {
            events.Raise(port); // the shortest way for the most frequent kind
            return XenError.None;
        }

        XenError error = events.Send(domains, port);
        if (error == XenError.None && events.StateOf(port) == PortState.Service)
        {
            caller.Exit.Kind = VcpuExitKind.Notify;
            caller.Exit.Address = events[port].Source;
        }
        else if (error == XenError.None && events[port].State == PortState.Interdomain && domains.InSlot(events[port].RemoteSlot) is { IsWoken: true })
        {
            caller.Domain.RunUntilTicks = 0; // the scheduler decides who goes on
        }

        return error;
    }

    private XenError Reset(PvDomain domain, ushort id)
    {
        XenError error = OwnOnly(domain, id);
        if (error == XenError.None)
        {
            domain.Events.CloseAll(domains);
        }

        return error;
    }

    private XenError OwnOnly(PvDomain domain, ushort id) => domains.Find(domain, id) switch
    {
        null => XenError.NoDomain,
        PvDomain found => found == domain ? XenError.None : XenError.NotPermitted,
    };

    // Commands that write something back.
    private long Answer(PvVcpu caller, uint command, Span<byte> argument)
    {
        PvDomain domain = caller.Domain;
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(argument);
        uint second = BinaryPrimitives.ReadUInt32LittleEndian(argument[4..]);
        switch (command)
        {
            case BindVirq:
                return Store(domain.Events.BindVirq(first, second), argument[8..]);
            case BindIpi:
                return Store(domain.Events.BindIpi(first), argument[4..]);
            case BindInterdomain:
                PvDomain? remote = domains.Find(domain, (ushort)first);
                return remote is null ? -(long)XenError.NoDomain : Store(domain.Events.BindInterdomain(remote, second), argument[8..]);
            case AllocateUnbound:
                ushort peer = (ushort)(first >> 16);
                XenError error = OwnOnly(domain, (ushort)first);
                return error != XenError.None ? -(long)error
                    : Store(domain.Events.AllocateUnbound(peer == DomainNumbers.Self ? domain.Id : peer), argument[4..]);
            default:
                return -(long)Status(domain, argument);
        }
    }

    private static long Store(int port, Span<byte> place)
    {
        if (port < 0)
        {
            return port;
        }

        BinaryPrimitives.WriteInt32LittleEndian(place, port);
        return 0;
    }

    private XenError Status(PvDomain domain, Span<byte> argument)
    {
        uint port = BinaryPrimitives.ReadUInt32LittleEndian(argument[4..]);
        XenError error = OwnOnly(domain, BinaryPrimitives.ReadUInt16LittleEndian(argument));
        if (error != XenError.None || !domain.Events.Has(port))
        {
            return error == XenError.None ? XenError.Invalid : error;
        }

        EventPort row = domain.Events[port];
        PortState shown = row.State == PortState.Service ? PortState.Interdomain : row.State;
        BinaryPrimitives.WriteUInt32LittleEndian(argument[8..], (uint)shown);
        BinaryPrimitives.WriteUInt32LittleEndian(argument[12..], row.Vcpu);
        argument[16..].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(argument[16..], row.State == PortState.Virq ? row.Source : row.RemoteDomain);
        BinaryPrimitives.WriteUInt32LittleEndian(argument[20..], row.RemotePort);
        return XenError.None;
    }
}
