namespace Multicosm.Decoder;

/// <summary>Segment registers in the order of the instruction encoding.</summary>
public enum SegmentRegister : byte
{
    /// <summary>ES.</summary>
    Es,

    /// <summary>CS.</summary>
    Cs,

    /// <summary>SS.</summary>
    Ss,

    /// <summary>DS.</summary>
    Ds,

    /// <summary>FS.</summary>
    Fs,

    /// <summary>GS.</summary>
    Gs,
}
