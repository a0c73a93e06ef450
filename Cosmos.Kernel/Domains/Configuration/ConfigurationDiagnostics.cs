using System;

namespace Multicosm.Domains.Configuration;

/// <summary>What was found wrong or odd in a domain file, and where. Made once, reset by each parse; <see cref="ConfigurationMessages"/> puts it in words.</summary>
public sealed class ConfigurationDiagnostics
{
    private const int MaximumNotes = 32;

    private readonly ConfigurationNote[] _notes = new ConfigurationNote[MaximumNotes];
    private readonly ConfigurationText _found = new(63);

    /// <summary>The result of the last call.</summary>
    public ConfigurationStatus Status { get; private set; }

    /// <summary>The key that it is about; <see cref="ConfigurationKey.None"/> if there is none.</summary>
    public ConfigurationKey Key { get; private set; }

    /// <summary>Line of the fault, from 1; 0 if it is about an assignment or about something missing.</summary>
    public int Line { get; private set; }

    /// <summary>Column of the fault in bytes, from 1; 0 if there is none.</summary>
    public int Column { get; private set; }

    /// <summary>The text at the fault (an unknown key, a wrong word), cut to 63 bytes; may be empty.</summary>
    public ReadOnlySpan<byte> Found => _found.Value;

    /// <summary>How many warnings there are.</summary>
    public int NoteCount { get; private set; }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        NoteCount = 0;
        Clear();
    }

    /// <summary>The warning with index 0..<see cref="NoteCount"/>-1.</summary>
    public ConfigurationNote Note(int index) => _notes[index];

    /// <summary>Adds a warning; beyond 32 they are dropped.</summary>
    public void Warn(ConfigurationWarning warning, ConfigurationKey key, int line)
    {
        if (NoteCount < MaximumNotes)
        {
            _notes[NoteCount++] = new ConfigurationNote(warning, key, line);
        }
    }

    internal void WarnNotSupported(int xenKey, int line)
    {
        if (NoteCount < MaximumNotes)
        {
            _notes[NoteCount++] = new ConfigurationNote(xenKey, line);
        }
    }

    internal void Clear()
    {
        Status = ConfigurationStatus.Success;
        Key = ConfigurationKey.None;
        Line = 0;
        Column = 0;
        _found.Reset();
    }

    internal ConfigurationStatus Fail(ConfigurationStatus status, ConfigurationKey key, int line, int column, ReadOnlySpan<byte> found)
    {
        Status = status;
        Key = key;
        Line = line;
        Column = column;
        _found.SetStart(found);
        return status;
    }
}
