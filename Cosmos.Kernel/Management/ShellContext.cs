using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management;

/// <summary>What the verbs work with.</summary>
public sealed class ShellContext
{
    /// <summary>The operator's terminal.</summary>
    public required HostTerminal Terminal { get; init; }

    /// <summary>What the operator typed and nobody has read.</summary>
    public required InputQueue Input { get; init; }

    /// <summary>The domains.</summary>
    public required DomainManager Manager { get; init; }

    /// <summary>The PC under them.</summary>
    public required HostServices Host { get; init; }

    /// <summary>What is known about PC and hypervisor.</summary>
    public required HostInfo Info { get; init; }

    /// <summary>The serial line's driver.</summary>
    public required HostLine Line { get; init; }

    /// <summary>Switches the PC off.</summary>
    public required PowerControl Power { get; init; }

    /// <summary>What happened to domains and was not yet printed.</summary>
    public required Notices Notices { get; init; }

    /// <summary>The console that the operator may look at.</summary>
    public required ConsoleSession Session { get; init; }

    /// <summary>What the operator can ask for.</summary>
    public required Verb[] Verbs { get; init; }

    /// <summary>The domain that the operator means by a name or a number; says so if there is none.</summary>
    public bool TryFindDomain(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> word, out Domain? found)
    {
        if (Manager.Domains.TryFind(word, out found))
        {
            return true;
        }

        if (Words.TryNumber(word, out uint id) && Manager.Domains.TryFind(id, out found))
        {
            return true;
        }

        Terminal.Write(verb);
        Terminal.Write(": there is no domain \""u8);
        Terminal.Write(word);
        Terminal.WriteLine("\"; \"list\" shows those there are"u8);
        return false;
    }
}
