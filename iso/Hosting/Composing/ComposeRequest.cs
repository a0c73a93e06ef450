using System.Collections.Generic;

namespace Multicosm.Hosting.Composing;

/// <summary>What an ISO is to be made of.</summary>
public sealed class ComposeRequest
{
    /// <summary>The domain files, in the order in which their domains start.</summary>
    public required IReadOnlyList<string> DomainFiles { get; init; }

    /// <summary>The file to write.</summary>
    public required string Output { get; init; }

    /// <summary>The hypervisor's image.</summary>
    public string Kernel { get; init; } = Repository.Kernel;

    /// <summary>Options for the hypervisor, separated by blanks.</summary>
    public string Options { get; init; } = "";

    /// <summary>False if no domain is to start by itself.</summary>
    public bool Start { get; init; } = true;
}
