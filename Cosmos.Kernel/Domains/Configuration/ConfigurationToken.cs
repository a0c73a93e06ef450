namespace Multicosm.Domains.Configuration;

/// <summary>The words of xl.cfg's language.</summary>
internal enum ConfigurationToken : byte
{
    End,
    Separator,
    Word,
    Number,
    String,
    Equals,
    ListOpen,
    ListClose,
    Comma,
    Fault,
}
