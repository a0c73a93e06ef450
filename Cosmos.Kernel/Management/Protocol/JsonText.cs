using System;

namespace Multicosm.Management.Protocol;

/// <summary>Says what is wrong with a request, and what to do.</summary>
internal static class JsonText
{
    /// <summary>The sentence for <paramref name="status"/>.</summary>
    public static ReadOnlySpan<byte> Explain(JsonStatus status) => status switch
    {
        JsonStatus.Success => "all is well"u8,
        JsonStatus.Malformed => "the line is not JSON; send one object a line, as {\"id\":1,\"verb\":\"list\",\"args\":[]}"u8,
        JsonStatus.TooDeep => "arrays and objects lie deeper than 32; send less"u8,
        JsonStatus.NotAnObject => "a request is an object, as {\"id\":1,\"verb\":\"list\",\"args\":[]}"u8,
        JsonStatus.WrongId => "\"id\" is to be a number or a string"u8,
        JsonStatus.LongId => "\"id\" is longer than 64 bytes; give a shorter one"u8,
        JsonStatus.NoVerb => "there is no \"verb\"; {\"verb\":\"help\"} shows those there are"u8,
        JsonStatus.WrongVerb => "\"verb\" is to be a string that is not empty"u8,
        JsonStatus.WrongArguments => "\"args\" is to be an array of strings"u8,
        JsonStatus.ManyArguments => "there are more than 64 arguments; give fewer"u8,
        JsonStatus.WideCharacter => "a string has a character above U+00FF; a character is a byte: write each byte of UTF-8 as \\u00XX"u8,
        JsonStatus.Unquotable => "an argument has blanks and both kinds of quotes; leave one kind out"u8,
        JsonStatus.LongLine => "the line is longer than 4096 bytes and was ignored; send a shorter one"u8,
        _ => "the request cannot be read"u8, // a status is one of the members above
    };
}
