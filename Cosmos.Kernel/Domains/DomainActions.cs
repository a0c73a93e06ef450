using System;
using Multicosm.Domains.Configuration;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>What the operator does to a living domain. Everything here happens outside containment frames, between runs.</summary>
internal sealed class DomainActions(DomainTable domains, DomainLife life, MonotonicClock clock)
{
    // A guest that switches itself off later than this does not do it because it was asked to reboot.
    private const ulong SecondsToObey = 300;

    /// <summary>Stops a domain where it is. One that is being built stops when it is.</summary>
    public DomainActionStatus Pause(Domain domain)
    {
        if (domain.State == DomainState.Building)
        {
            domain.StartsPaused = true;
            return DomainActionStatus.Success;
        }

        return Status(life.TryEnter(domain, DomainState.Paused));
    }

    /// <summary>Lets a paused domain go on.</summary>
    public DomainActionStatus Unpause(Domain domain)
    {
        if (domain.State == DomainState.Building && domain.StartsPaused)
        {
            domain.StartsPaused = false;
            return DomainActionStatus.Success;
        }

        bool isBlocked = domain.Vcpu.IsHalted && !domain.Vcpu.CanWake;
        return Status(domain.State == DomainState.Paused && life.TryEnter(domain, isBlocked ? DomainState.Blocked : DomainState.Running));
    }

    /// <summary>Presses the power button, and remembers whether it is for a restart.</summary>
    public DomainActionStatus ShutDown(Domain domain, bool restarts)
    {
        if (domain.IsParavirtual && restarts)
        {
            return RebootParavirtual(domain);
        }

        DomainActionStatus status = Trigger(domain, DomainTrigger.Power);
        if (status == DomainActionStatus.Success && restarts)
        {
            domain.RebootAskedUntil = clock.Now + (SecondsToObey * clock.TicksPerSecond);
        }

        return status;
    }

    // Its kernel can be asked for just that.
    private static DomainActionStatus RebootParavirtual(Domain domain)
    {
        if (domain.State is not (DomainState.Running or DomainState.Blocked))
        {
            return DomainActionStatus.WrongState;
        }

        return domain.Xen!.RequestPower(GuestPowerReason.Reboot) ? DomainActionStatus.Success : DomainActionStatus.NobodyListens;
    }

    /// <summary>Acts on the board.</summary>
    public DomainActionStatus Trigger(Domain domain, DomainTrigger trigger)
    {
        if (domain.State is not (DomainState.Running or DomainState.Blocked))
        {
            return DomainActionStatus.WrongState;
        }

        domain.RebootAskedUntil = trigger == DomainTrigger.Nmi ? domain.RebootAskedUntil : 0;
        switch (trigger)
        {
            case DomainTrigger.Nmi:
                RaiseNmi(domain);
                return DomainActionStatus.Success;
            case DomainTrigger.Reset:
                ((GuestPower)domain.Board.Power).Reset();
                return DomainActionStatus.Success;
            default:
                return (domain.IsParavirtual ? domain.Xen!.RequestPower(GuestPowerReason.PowerOff) : domain.Board.PressPowerButton()) ? DomainActionStatus.Success : DomainActionStatus.NobodyListens;
        }
    }

    private static void RaiseNmi(Domain domain)
    {
        if (domain.IsParavirtual)
        {
            domain.Vcpu.Backend.RequestNmi();
            domain.Console.NeedsService = true; // so that it runs
        }
        else
        {
            domain.Vcpu.Apic.IsNmiPending = true;
        }
    }

    /// <summary>Gives a living domain another name, which no other living domain may have.</summary>
    public DomainActionStatus Rename(Domain domain, ReadOnlySpan<byte> name)
    {
        if (!domain.IsAlive)
        {
            return DomainActionStatus.WrongState;
        }

        if (!ConfigurationAssigner.IsName(name) || name.Length > DomainConfiguration.MaximumName)
        {
            return DomainActionStatus.InvalidName;
        }

        if (domains.TryFind(name, out Domain? other) && other != domain && other!.IsAlive)
        {
            return DomainActionStatus.NameTaken;
        }

        domains.ForgetEnded(name, domain);
        _ = domain.Configuration.Name.TrySet(name); // its length was checked
        return DomainActionStatus.Success;
    }

    /// <summary>Sets weight (1..65535) and cap (percent of one CPU; 0 for none) of a living domain.</summary>
    public DomainActionStatus SetScheduling(Domain domain, uint weight, uint capPercent)
    {
        if (!domain.IsAlive)
        {
            return DomainActionStatus.WrongState;
        }

        bool isSet = capPercent <= DomainConfiguration.MaximumCap && domain.Scheduling.TrySet(weight, capPercent, clock.Now);
        return isSet ? DomainActionStatus.Success : DomainActionStatus.InvalidValue;
    }

    private static DomainActionStatus Status(bool isDone) => isDone ? DomainActionStatus.Success : DomainActionStatus.WrongState;
}
