using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Configuration;

/// <summary>Puts diagnostics in words: <c>FILE:LINE: what, and what was expected</c>, a line each.</summary>
public static class ConfigurationMessages
{
    /// <summary>Writes the fault; nothing if there is none. <paramref name="file"/> is the file's name or the operator's assignment.</summary>
    public static void Describe(TextOutput output, ReadOnlySpan<byte> file, ConfigurationDiagnostics diagnostics)
    {
        if (diagnostics.Status == ConfigurationStatus.Success)
        {
            return;
        }

        WritePlace(output, file, diagnostics.Line);
        WriteWhat(output, diagnostics);
        output.Write(", expected "u8);
        WriteExpected(output, diagnostics);
        output.Write("\n"u8);
    }

    /// <summary>Writes warning number <paramref name="index"/> of <paramref name="diagnostics"/>.</summary>
    public static void DescribeNote(TextOutput output, ReadOnlySpan<byte> file, ConfigurationDiagnostics diagnostics, int index)
    {
        ConfigurationNote note = diagnostics.Note(index);
        WritePlace(output, file, note.Line);
        output.Write("warning: '"u8);
        output.Write(note.KeyName);
        output.WriteLine(note.Warning switch
        {
            ConfigurationWarning.NotSupported => "' is a key of xl that is not supported: ignored"u8,
            ConfigurationWarning.NotBuiltYet => "' is not built yet: ignored"u8,
            ConfigurationWarning.OnlyRelaxedMsrs => "' does no more than 'msr_relaxed = 1' yet: the interfaces for Windows are not built"u8,
            ConfigurationWarning.GivenAgain => "' was given before: this one holds"u8,
            _ => "' is ignored because 'cmdline' is given"u8,
        });
    }

    private static void WritePlace(TextOutput output, ReadOnlySpan<byte> file, int line)
    {
        WriteVisible(output, file);
        if (line > 0)
        {
            output.Write(":"u8);
            output.WriteNumber((ulong)line);
        }

        output.Write(": "u8);
    }

    private static void WriteWhat(TextOutput output, ConfigurationDiagnostics diagnostics)
    {
        ConfigurationStatus status = diagnostics.Status;
        if (diagnostics.Key != ConfigurationKey.None && status != ConfigurationStatus.MissingKey)
        {
            output.Write("'"u8);
            output.Write(ConfigurationKeys.NameOf(diagnostics.Key));
            output.Write("': "u8);
        }

        output.Write(WhatOf(status));
        if (status == ConfigurationStatus.MissingKey)
        {
            output.Write(" '"u8);
            output.Write(ConfigurationKeys.NameOf(diagnostics.Key));
            output.Write("'"u8);
        }
        else if (!diagnostics.Found.IsEmpty)
        {
            output.Write(" '"u8);
            WriteVisible(output, diagnostics.Found);
            output.Write("'"u8);
        }
        else if (status is ConfigurationStatus.ExpectedEquals or ConfigurationStatus.ExpectedValue or ConfigurationStatus.ExpectedKey)
        {
            output.Write(" the end of the line"u8);
        }
    }

    private static ReadOnlySpan<byte> WhatOf(ConfigurationStatus status) => status switch
    {
        ConfigurationStatus.ControlCharacter => "control character in"u8,
        ConfigurationStatus.UnterminatedString => "unterminated string"u8,
        ConfigurationStatus.UnknownEscape => "unknown escape in"u8,
        ConfigurationStatus.UnterminatedList => "unterminated list"u8,
        ConfigurationStatus.ListTooDeep => "list within lists too deep"u8,
        ConfigurationStatus.UnknownKey => "unknown key"u8,
        ConfigurationStatus.ExpectedString => "unsuitable list"u8,
        ConfigurationStatus.ExpectedList => "unsuitable value"u8,
        ConfigurationStatus.InvalidNumber => "unsuitable number"u8,
        ConfigurationStatus.ValueTooLong => "value too long:"u8,
        ConfigurationStatus.EmptyValue => "empty value"u8,
        ConfigurationStatus.InvalidName => "unsuitable name"u8,
        ConfigurationStatus.UnknownWord => "unknown value"u8,
        ConfigurationStatus.NotBuiltYet => "not built yet"u8,
        ConfigurationStatus.MissingKey => "missing key"u8,
        _ => "found"u8,
    };

    private static void WriteExpected(TextOutput output, ConfigurationDiagnostics diagnostics)
    {
        switch (diagnostics.Status)
        {
            case ConfigurationStatus.UnknownKey:
                WriteKeys(output, NearestKey.Find(diagnostics.Found));
                break;
            case ConfigurationStatus.InvalidNumber:
                output.Write("a number from "u8);
                output.WriteNumber(ConfigurationAssigner.LeastOf(diagnostics.Key));
                output.Write(" to "u8);
                output.WriteNumber(ConfigurationAssigner.MostOf(diagnostics.Key));
                break;
            case ConfigurationStatus.ValueTooLong:
                output.Write("at most "u8);
                output.WriteNumber((ulong)LimitOf(diagnostics.Key));
                output.Write(" bytes"u8);
                break;
            case ConfigurationStatus.UnknownWord or ConfigurationStatus.NotBuiltYet or ConfigurationStatus.MissingKey:
                output.Write(ConfigurationExpectations.OfKey(diagnostics.Key, diagnostics.Status));
                break;
            default:
                output.Write(ConfigurationExpectations.OfStatus(diagnostics.Status));
                break;
        }
    }

    private static void WriteKeys(TextOutput output, ConfigurationKey nearest)
    {
        if (nearest != ConfigurationKey.None)
        {
            output.Write("'"u8);
            output.Write(ConfigurationKeys.NameOf(nearest));
            output.Write("', which is the nearest"u8);
            return;
        }

        output.Write("one of "u8);
        for (int i = 1; i < ConfigurationKeys.Count; i++)
        {
            output.Write(i == 1 ? ""u8 : ", "u8);
            output.Write(ConfigurationKeys.NameOf((ConfigurationKey)i));
        }
    }

    private static int LimitOf(ConfigurationKey key) => key switch
    {
        ConfigurationKey.Name => DomainConfiguration.MaximumName,
        ConfigurationKey.Kernel or ConfigurationKey.Ramdisk => DomainConfiguration.MaximumPath,
        _ => DomainConfiguration.MaximumCommandLine,
    };

    // What came from a file may hold anything: a terminal must not act on it.
    private static void WriteVisible(TextOutput output, ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            output.Write(text[i] is < 0x20 or 0x7F ? "?"u8 : text.Slice(i, 1));
        }
    }
}
