using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Multicosm.Hosting.Scripts;

/// <summary>Reads scripts: UTF-8 lines with <c>expect</c>, <c>send</c>, <c>key</c> and <c>wait</c>; blank lines and those that begin with # are skipped.</summary>
public static class ScriptParser
{
    /// <summary>The limit of an expectation that names none, in seconds.</summary>
    public const int DefaultSeconds = 60;

    /// <summary>Reads a file; a <see cref="HostException"/> says <c>FILE:LINE: what is wrong</c>.</summary>
    public static IReadOnlyList<ScriptStep> ReadFile(string path)
    {
        try
        {
            return Read(path, File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new HostException(ExitCode.Usage, $"{path}: {exception.Message}");
        }
    }

    /// <summary>Reads a text; <paramref name="name"/> is for messages.</summary>
    public static IReadOnlyList<ScriptStep> Read(string name, string text)
    {
        List<ScriptStep> steps = [];
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            string content = line.TrimStart(' ', '\t');
            if (content.Trim().Length > 0 && content[0] != '#')
            {
                steps.Add(ReadStep(name, i + 1, content));
            }
        }

        return steps;
    }

    private static ScriptStep ReadStep(string name, int line, string content)
    {
        int blank = content.IndexOfAny([' ', '\t']);
        string verb = blank < 0 ? content : content[..blank];
        string rest = blank < 0 ? "" : content[(blank + 1)..];
        try
        {
            return verb switch
            {
                "expect" => Expect(line, content, rest),
                "send" => new ScriptStep(line, content, ScriptAction.Send, [.. Encoding.UTF8.GetBytes(rest), 0x0D], 0),
                "key" => Key(line, content, rest.Trim()),
                "wait" => Wait(line, content, rest.Trim()),
                _ => throw new FormatException($"unknown word '{verb}', expected expect, send, key or wait"),
            };
        }
        catch (FormatException exception)
        {
            throw new HostException(ExitCode.Usage, $"{name}:{line}: {exception.Message}");
        }
    }

    private static ScriptStep Expect(int line, string content, string rest)
    {
        string text = rest.Trim(' ', '\t');
        int seconds = DefaultSeconds;
        int blank = text.LastIndexOfAny([' ', '\t']);
        if (blank > 0 && int.TryParse(text[(blank + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int limit))
        {
            seconds = limit;
            text = text[..blank].TrimEnd(' ', '\t');
        }

        if (text.Length >= 2 && text[0] == '"' && text[^1] == '"')
        {
            text = text[1..^1];
        }

        return text.Length > 0
            ? new ScriptStep(line, content, ScriptAction.Expect, Encoding.UTF8.GetBytes(text), seconds)
            : throw new FormatException("expect wants a text");
    }

    private static ScriptStep Key(int line, string content, string name)
    {
        byte[] bytes = KeyNames.Find(name) ?? throw new FormatException(
            $"unknown key '{name}', expected enter, esc, tab, backspace, delete, up, down, left, right, home, end, pgup, pgdn, f1-f12, ctrl-A to ctrl-Z or ctrl-]");
        return new ScriptStep(line, content, ScriptAction.Send, bytes, 0);
    }

    private static ScriptStep Wait(int line, string content, string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < 1_000_000
            ? new ScriptStep(line, content, ScriptAction.Wait, [], seconds)
            : throw new FormatException($"wait wants a number of seconds, not '{text}'");
}
