using System;

namespace Multicosm.Domains.Configuration;

/// <summary>
/// Reads domain files in xl.cfg syntax. The order of use: <see cref="Parse"/>, then <see cref="ParseAssignment"/> for each
/// assignment of the operator, then <see cref="DomainConfigurationRules.Check"/>, which refuses what is missing or not built yet.
/// </summary>
/// <source>xl.cfg(5) "SYNTAX"</source>
public static class DomainConfigurationParser
{
    private const int MaximumDepth = 4;

    // Some editors begin a file of UTF-8 with it.
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// Resets <paramref name="into"/> and <paramref name="diagnostics"/> and reads all of <paramref name="text"/>.
    /// At the first fault it stops: the result, its line, column and key are in <paramref name="diagnostics"/>.
    /// </summary>
    public static ConfigurationStatus Parse(ReadOnlySpan<byte> text, DomainConfiguration into, ConfigurationDiagnostics diagnostics)
    {
        into.Reset();
        diagnostics.Reset();
        ConfigurationScanner scanner = new(text.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text);
        while (true)
        {
            ConfigurationToken token = scanner.Next(acrossLines: false);
            switch (token)
            {
                case ConfigurationToken.End:
                    return ConfigurationStatus.Success;
                case ConfigurationToken.Separator:
                    continue;
                case ConfigurationToken.Word:
                    break;
                default:
                    return Fail(ref scanner, token, ConfigurationStatus.ExpectedKey, ConfigurationKey.None, diagnostics);
            }

            ConfigurationStatus status = ParseStatement(ref scanner, into, diagnostics);
            if (status != ConfigurationStatus.Success)
            {
                return status;
            }
        }
    }

    /// <summary>
    /// Reads one <c>KEY=VALUE</c> of the operator, where the value may go without quotes, and replaces what the file said.
    /// Warnings so far are kept; those about the replaced value are not given again.
    /// </summary>
    public static ConfigurationStatus ParseAssignment(ReadOnlySpan<byte> assignment, DomainConfiguration into, ConfigurationDiagnostics diagnostics)
    {
        diagnostics.Clear();
        int equals = assignment.IndexOf((byte)'=');
        if (equals < 0)
        {
            return diagnostics.Fail(ConfigurationStatus.ExpectedEquals, ConfigurationKey.None, 0, 0, assignment);
        }

        ReadOnlySpan<byte> name = assignment[..equals];
        ConfigurationKey key = ConfigurationKeys.Find(name);
        int xenKey = key == ConfigurationKey.None ? XenKeys.Find(name) : -1;
        if (key == ConfigurationKey.None && xenKey < 0)
        {
            return diagnostics.Fail(ConfigurationStatus.UnknownKey, key, 0, 0, name);
        }

        if (xenKey >= 0)
        {
            diagnostics.WarnNotSupported(xenKey, 0);
        }

        ReadOnlySpan<byte> value = assignment[(equals + 1)..];
        ConfigurationStatus status = value.IsEmpty || value[0] is not ((byte)'"' or (byte)'\'' or (byte)'[')
            ? AssignWord(value, key, into, diagnostics)
            : AssignQuoted(value, key, into, diagnostics);
        if (status == ConfigurationStatus.Success)
        {
            ReplaceOtherCommandLine(key, into);
        }

        return status;
    }

    private static ConfigurationStatus ParseStatement(ref ConfigurationScanner scanner, DomainConfiguration into, ConfigurationDiagnostics diagnostics)
    {
        int line = scanner.Line;
        ReadOnlySpan<byte> name = scanner.Text;
        ConfigurationKey key = ConfigurationKeys.Find(name);
        int xenKey = key == ConfigurationKey.None ? XenKeys.Find(name) : -1;
        if (key == ConfigurationKey.None && xenKey < 0)
        {
            return diagnostics.Fail(ConfigurationStatus.UnknownKey, key, line, scanner.Column, name);
        }

        if (xenKey >= 0)
        {
            diagnostics.WarnNotSupported(xenKey, line);
        }

        ConfigurationToken token = scanner.Next(acrossLines: false);
        if (token != ConfigurationToken.Equals)
        {
            return Fail(ref scanner, token, ConfigurationStatus.ExpectedEquals, key, diagnostics);
        }

        int before = into.LineOf(key);
        token = scanner.Next(acrossLines: false);
        ConfigurationStatus status = ParseValue(ref scanner, token, key, line, into, diagnostics);
        if (status != ConfigurationStatus.Success)
        {
            return status;
        }

        if (before != 0)
        {
            diagnostics.Warn(ConfigurationWarning.GivenAgain, key, line);
        }

        token = scanner.Next(acrossLines: false);
        return token is ConfigurationToken.Separator or ConfigurationToken.End
            ? ConfigurationStatus.Success
            : Fail(ref scanner, token, ConfigurationStatus.ExpectedEndOfStatement, key, diagnostics);
    }

    // line is the key's line, 0 for an assignment.
    private static ConfigurationStatus ParseValue(ref ConfigurationScanner scanner, ConfigurationToken token, ConfigurationKey key, int line, DomainConfiguration into, ConfigurationDiagnostics diagnostics)
    {
        ConfigurationValue value;
        int column = scanner.Column;
        switch (token)
        {
            case ConfigurationToken.Number:
                value = ConfigurationValue.OfText(scanner.Text);
                break;
            case ConfigurationToken.String:
                ConfigurationStatus resolved = ConfigurationString.Resolve(scanner.Text, into.Scratch);
                if (resolved != ConfigurationStatus.Success)
                {
                    return diagnostics.Fail(resolved, key, line, column, scanner.Text);
                }

                value = ConfigurationValue.OfText(into.Scratch.Value);
                break;
            case ConfigurationToken.ListOpen:
                ConfigurationStatus listed = ParseList(ref scanner, key, line, into, diagnostics, out int count);
                if (listed != ConfigurationStatus.Success)
                {
                    return listed;
                }

                value = ConfigurationValue.OfList(count);
                break;
            default:
                return Fail(ref scanner, token, ConfigurationStatus.ExpectedValue, key, diagnostics);
        }

        return Assign(value, key, line, column, into, diagnostics);
    }

    private static ConfigurationStatus ParseList(ref ConfigurationScanner scanner, ConfigurationKey key, int line, DomainConfiguration into, ConfigurationDiagnostics diagnostics, out int count)
    {
        count = 0;
        int depth = 1;
        bool valueMayFollow = true;
        while (true)
        {
            ConfigurationToken token = scanner.Next(acrossLines: true);
            ConfigurationStatus status = ConfigurationStatus.Success;
            switch (token)
            {
                case ConfigurationToken.End:
                    return diagnostics.Fail(ConfigurationStatus.UnterminatedList, key, line, 0, default);
                case ConfigurationToken.String when valueMayFollow:
                    status = ConfigurationString.Resolve(scanner.Text, into.Scratch);
                    count += depth == 1 ? 1 : 0;
                    valueMayFollow = false;
                    break;
                case ConfigurationToken.Number when valueMayFollow:
                    count += depth == 1 ? 1 : 0;
                    valueMayFollow = false;
                    break;
                case ConfigurationToken.ListOpen when valueMayFollow:
                    count += depth == 1 ? 1 : 0;
                    depth++;
                    status = depth > MaximumDepth ? ConfigurationStatus.ListTooDeep : ConfigurationStatus.Success;
                    break;
                case ConfigurationToken.Comma when !valueMayFollow:
                    valueMayFollow = true;
                    break;
                case ConfigurationToken.ListClose:
                    depth--;
                    valueMayFollow = false;
                    if (depth == 0)
                    {
                        return ConfigurationStatus.Success;
                    }

                    break;
                default:
                    return Fail(ref scanner, token, ConfigurationStatus.MalformedList, key, diagnostics);
            }

            if (status != ConfigurationStatus.Success)
            {
                return diagnostics.Fail(status, key, scanner.Line, scanner.Column, scanner.Text);
            }
        }
    }

    private static ConfigurationStatus AssignWord(ReadOnlySpan<byte> word, ConfigurationKey key, DomainConfiguration into, ConfigurationDiagnostics diagnostics)
    {
        for (int i = 0; i < word.Length; i++)
        {
            if (ConfigurationScanner.IsControl(word[i]))
            {
                return diagnostics.Fail(ConfigurationStatus.ControlCharacter, key, 0, 0, word);
            }
        }

        return Assign(ConfigurationValue.OfText(word), key, 0, 0, into, diagnostics);
    }

    private static ConfigurationStatus AssignQuoted(ReadOnlySpan<byte> value, ConfigurationKey key, DomainConfiguration into, ConfigurationDiagnostics diagnostics)
    {
        ConfigurationScanner whole = new(value);
        ConfigurationStatus syntax = CheckWhole(ref whole, key, into, diagnostics);
        if (syntax != ConfigurationStatus.Success)
        {
            return syntax;
        }

        ConfigurationScanner scanner = new(value);
        ConfigurationToken token = scanner.Next(acrossLines: false);
        return ParseValue(ref scanner, token, key, 0, into, diagnostics);
    }

    // Nothing may change unless the value is the whole of what was typed.
    private static ConfigurationStatus CheckWhole(ref ConfigurationScanner scanner, ConfigurationKey key, DomainConfiguration into, ConfigurationDiagnostics diagnostics)
    {
        ConfigurationToken token = scanner.Next(acrossLines: false);
        if (token == ConfigurationToken.ListOpen)
        {
            ConfigurationStatus listed = ParseList(ref scanner, key, 0, into, diagnostics, out _);
            if (listed != ConfigurationStatus.Success)
            {
                return listed;
            }
        }
        else if (token != ConfigurationToken.String)
        {
            return diagnostics.Fail(scanner.Fault, key, 0, 0, scanner.Text);
        }

        token = scanner.Next(acrossLines: false);
        return token == ConfigurationToken.End
            ? ConfigurationStatus.Success
            : diagnostics.Fail(ConfigurationStatus.ExpectedEndOfStatement, key, 0, 0, scanner.Text);
    }

    // The value of a key that has no meaning here only has to be one.
    private static ConfigurationStatus Assign(ConfigurationValue value, ConfigurationKey key, int line, int column, DomainConfiguration into, ConfigurationDiagnostics diagnostics)
    {
        if (key == ConfigurationKey.None)
        {
            return ConfigurationStatus.Success;
        }

        ConfigurationStatus status = ConfigurationAssigner.Assign(into, key, value);
        if (status != ConfigurationStatus.Success)
        {
            return diagnostics.Fail(status, key, line, column, value.Text);
        }

        into.Mark(key, line);
        return ConfigurationStatus.Success;
    }

    // The operator's command line replaces the file's, under whichever of its two names the file gave it.
    private static void ReplaceOtherCommandLine(ConfigurationKey key, DomainConfiguration into)
    {
        if (key == ConfigurationKey.Extra)
        {
            into.Unmark(ConfigurationKey.CommandLine);
        }
        else if (key == ConfigurationKey.CommandLine)
        {
            into.Unmark(ConfigurationKey.Extra);
        }
    }

    private static ConfigurationStatus Fail(ref ConfigurationScanner scanner, ConfigurationToken token, ConfigurationStatus expected, ConfigurationKey key, ConfigurationDiagnostics diagnostics)
    {
        ReadOnlySpan<byte> found = token == ConfigurationToken.Separator ? default : scanner.Text;
        ConfigurationStatus status = token == ConfigurationToken.Fault && scanner.Fault != ConfigurationStatus.UnexpectedCharacter ? scanner.Fault : expected;
        return diagnostics.Fail(status, key, scanner.Line, scanner.Column, found);
    }
}
