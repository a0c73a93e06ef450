namespace Multicosm.Paravirt.Memory;

/// <summary>What <see cref="MemoryCheck"/> can find broken.</summary>
internal enum MemoryRule
{
    /// <summary>Nothing: all holds.</summary>
    None,

    /// <summary>A frame has another number of references than there are read-only mappings of it.</summary>
    References,

    /// <summary>A frame has another number of uses than writable mappings, upper entries, pins and base tables make.</summary>
    TypeCount,

    /// <summary>An entry uses a frame as something that the frame is not.</summary>
    Type,

    /// <summary>An entry in use has flags that it may not have.</summary>
    Flags,

    /// <summary>An entry in use refers to a frame that is not the domain's, or that was given back.</summary>
    Owner,

    /// <summary>A frame's type, counts and marks contradict each other; a pinned frame is not validated.</summary>
    Record,

    /// <summary>Linear entries are not counted as they are.</summary>
    Linear,

    /// <summary>A level-4 table does not show the hypervisor's entries.</summary>
    Hypervisor,

    /// <summary>The counts of free frames are not what the records say.</summary>
    Free,
}
