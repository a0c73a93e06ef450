using System;
using Multicosm.Domains.Configuration;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Reads a domain file and the operator's assignments into a domain's configuration.</summary>
internal sealed class DomainFileReader
{
    private readonly ConfigurationDiagnostics _diagnostics = new();

    /// <summary>
    /// Reads <paramref name="file"/>, then <paramref name="assignments"/>, separated by blanks outside quotes. Warnings are written to
    /// <paramref name="messages"/>; false if something is wrong, which the domain's Reason then says.
    /// </summary>
    public bool TryRead(Domain domain, BootModule file, ReadOnlySpan<byte> assignments, TextOutput messages)
    {
        DomainConfiguration into = domain.Configuration;
        ConfigurationStatus status = DomainConfigurationParser.Parse(file.Content, into, _diagnostics);
        ReadOnlySpan<byte> source = file.Name;
        while (status == ConfigurationStatus.Success && !assignments.IsEmpty)
        {
            int end = EndOfWord(assignments);
            ReadOnlySpan<byte> word = assignments[..end];
            assignments = assignments[Math.Min(end + 1, assignments.Length)..];
            if (!word.IsEmpty)
            {
                source = word;
                status = DomainConfigurationParser.ParseAssignment(word, into, _diagnostics);
            }
        }

        if (status == ConfigurationStatus.Success)
        {
            source = file.Name;
            status = DomainConfigurationRules.Check(into, _diagnostics);
        }

        for (int i = 0; i < _diagnostics.NoteCount; i++)
        {
            ConfigurationMessages.DescribeNote(messages, file.Name, _diagnostics, i);
        }

        if (status != ConfigurationStatus.Success)
        {
            ConfigurationMessages.Describe(domain.Reason, source, _diagnostics);
            domain.Reason.TrimNewline();
        }

        return status == ConfigurationStatus.Success;
    }

    /// <summary>The next blank that is not between quotes, or the end.</summary>
    private static int EndOfWord(ReadOnlySpan<byte> text)
    {
        byte quote = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (quote == 0 && text[i] == (byte)' ')
            {
                return i;
            }

            if (text[i] == quote)
            {
                quote = 0;
            }
            else if (quote == 0 && text[i] is (byte)'"' or (byte)'\'')
            {
                quote = text[i];
            }
        }

        return text.Length;
    }
}
