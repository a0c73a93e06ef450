namespace Multicosm.Decoder;

/// <summary>The repeat prefix of a string instruction.</summary>
public enum RepeatPrefix : byte
{
    /// <summary>None: one element.</summary>
    None,

    /// <summary>F3: REP.</summary>
    Rep,

    /// <summary>F2: REPNE, which the string moves treat as REP.</summary>
    RepNe,
}
