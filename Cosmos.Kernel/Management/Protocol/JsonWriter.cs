using System;
using Multicosm.Machine;

namespace Multicosm.Management.Protocol;

/// <summary>Writes JSON values one after another, with the commas between them. Whoever writes closes what it opened.</summary>
/// <source>RFC 8259 "JSON Grammar"</source>
public sealed class JsonWriter(TextOutput output)
{
    private bool _needsComma;

    /// <summary>Where the text goes.</summary>
    public TextOutput Output => output;

    /// <summary>Starts a new text: no comma comes before the first value.</summary>
    public void Begin() => _needsComma = false;

    /// <summary>Starts an object.</summary>
    public void OpenObject() => Open("{"u8);

    /// <summary>Ends an object.</summary>
    public void CloseObject() => Close("}"u8);

    /// <summary>Starts an array.</summary>
    public void OpenArray() => Open("["u8);

    /// <summary>Ends an array.</summary>
    public void CloseArray() => Close("]"u8);

    /// <summary>Starts a member of an object; its value follows. <paramref name="name"/> needs no escapes.</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        Separate();
        output.Write("\""u8);
        output.Write(name);
        output.Write("\":"u8);
        _needsComma = false;
    }

    /// <summary>A number.</summary>
    public void Number(ulong value)
    {
        Separate();
        output.WriteNumber(value);
    }

    /// <summary>A string of any bytes.</summary>
    public void Text(ReadOnlySpan<byte> value)
    {
        OpenText();
        JsonEscape.Write(output, value);
        CloseText();
    }

    /// <summary>Starts a string; what is inside is written to <see cref="Output"/> with <see cref="JsonEscape"/>.</summary>
    public void OpenText()
    {
        Separate();
        output.Write("\""u8);
    }

    /// <summary>Ends a string.</summary>
    public void CloseText() => output.Write("\""u8);

    /// <summary>true or false.</summary>
    public void Truth(bool value) => Literal(value ? "true"u8 : "false"u8);

    /// <summary>A value that is JSON already.</summary>
    public void Literal(ReadOnlySpan<byte> json)
    {
        Separate();
        output.Write(json);
    }

    /// <summary>The member <paramref name="name"/> with a string.</summary>
    public void Member(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name(name);
        Text(value);
    }

    /// <summary>The member <paramref name="name"/> with a number.</summary>
    public void Member(ReadOnlySpan<byte> name, ulong value)
    {
        Name(name);
        Number(value);
    }

    private void Open(ReadOnlySpan<byte> bracket)
    {
        Separate();
        output.Write(bracket);
        _needsComma = false;
    }

    private void Close(ReadOnlySpan<byte> bracket)
    {
        output.Write(bracket);
        _needsComma = true;
    }

    private void Separate()
    {
        output.Write(_needsComma ? ","u8 : ""u8);
        _needsComma = true;
    }
}
