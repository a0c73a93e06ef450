namespace Multicosm.Domains.Board;

/// <summary>What a guest asked its board for.</summary>
public enum PowerRequest : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>To be switched off.</summary>
    PowerOff,

    /// <summary>To be reset.</summary>
    Reset,
}
