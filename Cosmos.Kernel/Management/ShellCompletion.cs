using System;
using Multicosm.Domains;
using Multicosm.Management.Editing;

namespace Multicosm.Management;

/// <summary>Completes verbs, their options, and what they say that their words are: see <see cref="Verb.WordAt"/>.</summary>
public sealed class ShellCompletion(ShellContext context) : CompletionSource
{
    private readonly byte[] _option = [(byte)'-', 0];
    private Verb? _verb;
    private WordKind _kind;

    /// <inheritdoc/>
    public override int Begin(ReadOnlySpan<byte> line)
    {
        int start = line.LastIndexOf((byte)' ') + 1;
        ReadOnlySpan<byte> before = line[..start];
        ReadOnlySpan<byte> word = line[start..];
        ReadOnlySpan<byte> verb = Words.Take(ref before);
        _verb = VerbTable.Find(context.Verbs, verb);
        _kind = verb.IsEmpty ? WordKind.Verb : _verb is null ? WordKind.Any : KindOf(_verb, before, word);
        return word.Length;
    }

    /// <inheritdoc/>
    public override bool TryGet(int index, out ReadOnlySpan<byte> candidate)
    {
        candidate = default;
        switch (_kind)
        {
            case WordKind.Verb:
                return TryVerb(index, out candidate);
            case WordKind.Option:
                return TryOption(index, out candidate);
            case WordKind.Domain:
                return TryDomain(index, out candidate);
            case WordKind.DomainFile:
                return TryDomainFile(index, out candidate);
            case WordKind.Choice:
                return TryChoice(index, out candidate);
            case WordKind.Any:
            default:
                return false;
        }
    }

    private static WordKind KindOf(Verb verb, ReadOnlySpan<byte> before, ReadOnlySpan<byte> word)
    {
        ArgumentReader reader = new(before, verb.Options);
        int words = 0;
        ArgumentKind kind;
        byte option;
        do
        {
            kind = reader.Next(out option, out _);
            words += kind == ArgumentKind.Word ? 1 : 0;
        }
        while (kind is ArgumentKind.Word or ArgumentKind.Option);

        if (kind == ArgumentKind.MissingValue)
        {
            return verb.ValueOf(option);
        }

        return word.StartsWith("-"u8) ? WordKind.Option : verb.WordAt(words);
    }

    private bool TryVerb(int index, out ReadOnlySpan<byte> candidate)
    {
        bool present = index < context.Verbs.Length;
        candidate = present ? context.Verbs[index].Name : default;
        return present;
    }

    private bool TryOption(int index, out ReadOnlySpan<byte> candidate)
    {
        ReadOnlySpan<byte> options = _verb!.Options;
        bool present = index < options.Length;
        bool isLetter = present && options[index] is not ((byte)':' or (byte)'+');
        _option[1] = present ? options[index] : (byte)0;
        candidate = isLetter ? _option : default;
        return present;
    }

    // Living ones first: each slot is looked at twice.
    private bool TryDomain(int index, out ReadOnlySpan<byte> candidate)
    {
        DomainTable domains = context.Manager.Domains;
        candidate = default;
        if (index >= 2 * domains.Count)
        {
            return false;
        }

        bool wantsAlive = index < domains.Count;
        Domain domain = domains[wantsAlive ? index : index - domains.Count];
        bool wanted = wantsAlive ? domain.IsAlive : domain.State == DomainState.Ended;
        candidate = wanted ? domain.Name : default;
        return true;
    }

    private bool TryDomainFile(int index, out ReadOnlySpan<byte> candidate)
    {
        bool present = index < context.Host.Modules.Length;
        candidate = present && context.Host.Modules[index].IsDomainFile ? ModuleCatalog.BaseName(context.Host.Modules[index].Name) : default;
        return present;
    }

    private bool TryChoice(int index, out ReadOnlySpan<byte> candidate)
    {
        ReadOnlySpan<byte> rest = _verb!.Choices;
        for (int i = 0; i < index; i++)
        {
            _ = Words.Take(ref rest); // those before it
        }

        candidate = Words.Take(ref rest);
        return !candidate.IsEmpty;
    }
}
