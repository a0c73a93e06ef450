using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>rename NAME NEW</c>: gives a domain another name.</summary>
/// <source>xl(1) "rename"</source>
public sealed class RenameVerb : Verb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "rename"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME NEW"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "give a domain another name"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          The new name must be free among the living domains, and like one in a domain
          file: up to 63 bytes, without blanks.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "rename debian web"u8;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => index == 0 ? WordKind.Domain : WordKind.Any;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 2, 2, "a domain and its new name"u8, out Arguments parsed) || !context.TryFindDomain(Name, parsed[0], out Domain? found))
        {
            return VerbStatus.Failed;
        }

        Domain domain = found!;
        switch (context.Manager.Rename(domain, parsed[1]))
        {
            case DomainActionStatus.Success:
                context.Terminal.Write("domain "u8);
                context.Terminal.WriteNumber(domain.Id);
                context.Terminal.Write(" is called \""u8);
                context.Terminal.Write(domain.Name);
                context.Terminal.WriteLine("\" now"u8);
                return VerbStatus.Done;
            case DomainActionStatus.NameTaken:
                context.Terminal.Write("rename: a domain called \""u8);
                context.Terminal.Write(parsed[1]);
                context.Terminal.WriteLine("\" lives already; choose another name"u8);
                return VerbStatus.Failed;
            case DomainActionStatus.InvalidName:
                context.Terminal.Write("rename: \""u8);
                context.Terminal.Write(parsed[1]);
                context.Terminal.WriteLine("\" cannot be a name; letters, digits, '-', '_', '.' and '+' make one, up to 63"u8);
                return VerbStatus.Failed;
            default:
                return RefuseState(context, domain, "only a living one can be renamed"u8);
        }
    }
}
