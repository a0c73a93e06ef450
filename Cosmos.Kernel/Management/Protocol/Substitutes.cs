using System;

namespace Multicosm.Management.Protocol;

/// <summary>Verbs that are for people at a terminal, and what a machine asks for instead.</summary>
internal static class Substitutes
{
    /// <summary>Says what to do instead of <paramref name="verb"/>, which may be one of <paramref name="verbs"/>; empty if a machine may ask for it.</summary>
    public static ReadOnlySpan<byte> For(Verb[] verbs, ReadOnlySpan<byte> verb, ReadOnlySpan<byte> arguments)
    {
        if (verb.SequenceEqual("console"u8))
        {
            return "console is for terminals; the requests \"attach\", \"type\" and \"detach\" do it here"u8;
        }

        if (verb.SequenceEqual("create"u8) && HasOption(verbs, verb, arguments, (byte)'c'))
        {
            return "create -c is for terminals; leave it out and send \"attach\" afterwards (mc: \"mc console NAME\")"u8;
        }

        if (verb.SequenceEqual("top"u8))
        {
            return "top is for terminals; ask for \"stats\" again and again"u8;
        }

        if (verb.SequenceEqual("log"u8) && HasOption(verbs, verb, arguments, (byte)'f'))
        {
            return "log -f is for terminals; the request \"attach\" sends what a console prints"u8;
        }

        return verb.SequenceEqual("json"u8) ? "this is the JSON mode; the request \"text\" leaves it"u8 : default;
    }

    private static bool HasOption(Verb[] verbs, ReadOnlySpan<byte> verb, ReadOnlySpan<byte> arguments, byte option)
    {
        Arguments parsed = new(arguments, VerbTable.Find(verbs, verb)!.Options);
        return parsed.Has(option);
    }
}
