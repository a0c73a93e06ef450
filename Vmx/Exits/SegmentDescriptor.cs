namespace Multicosm.Vmx.Exits;

/// <summary>An entry of a descriptor table.</summary>
/// <source>SDM 3A, "Segment Descriptors"</source>
internal readonly struct SegmentDescriptor(ulong raw)
{
    private const uint Granularity = 1 << 15;

    /// <summary>Base address.</summary>
    public uint Base => (uint)((raw >> 16 & 0xFFFFFF) | (raw >> 32 & 0xFF000000));

    /// <summary>Limit in bytes.</summary>
    public uint Limit
    {
        get
        {
            uint limit = (uint)((raw & 0xFFFF) | (raw >> 32 & 0xF0000));
            return (AccessRights & Granularity) != 0 ? (limit << 12) | 0xFFF : limit;
        }
    }

    /// <summary>Type, S, DPL and P in bits 7:0, flags in bits 15:12: as VMCS fields have them.</summary>
    public uint AccessRights => (uint)(raw >> 40) & 0xF0FF;

    /// <summary>Type, bits 3:0.</summary>
    public uint Type => AccessRights & 15;

    /// <summary>True for code and data.</summary>
    public bool IsSegment => (AccessRights & 0x10) != 0;

    /// <summary>True for code.</summary>
    public bool IsCode => IsSegment && (Type & 8) != 0;

    /// <summary>True for code that keeps its caller's privilege level.</summary>
    public bool IsConforming => IsCode && (Type & 4) != 0;

    /// <summary>True for data that can be written.</summary>
    public bool IsWritable => IsSegment && (Type & 10) == 2;

    /// <summary>True for data, and for code that can be read.</summary>
    public bool IsReadable => IsSegment && (Type & 10) != 8;

    /// <summary>Privilege level, 0 to 3.</summary>
    public uint Level => AccessRights >> 5 & 3;

    /// <summary>Present bit.</summary>
    public bool IsPresent => (AccessRights & 0x80) != 0;
}
