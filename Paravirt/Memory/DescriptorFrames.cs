using Multicosm.Machine;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// The frames of a vCPU's GDT and LDT, each held as <see cref="FrameType.Descriptors"/>. Allocated with the vCPU. Whoever shows them to the
/// processor watches <see cref="IsChanged"/>: a frame that is not listed any more may hold anything.
/// </summary>
internal sealed class DescriptorFrames
{
    /// <summary>Pages of GDT that are the guest's.</summary>
    public const int GdtPages = 14;

    /// <summary>Pages that an LDT may have.</summary>
    public const int LdtPages = 16;

    private readonly ulong[] _gdt = new ulong[GdtPages];
    private readonly ulong[] _ldt = new ulong[LdtPages];

    /// <summary>Entries of the GDT that the guest has asked for.</summary>
    public int GdtEntries { get; set; }

    /// <summary>Where the LDT lies in the guest's address space, page aligned.</summary>
    public ulong LdtBase { get; set; }

    /// <summary>Entries of the LDT; 0 if there is none.</summary>
    public int LdtEntries { get; set; }

    /// <summary>Set with each change of a frame; cleared by who has shown all of them to the processor.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Frame of GDT page <paramref name="page"/>; number 0 if there is none.</summary>
    public HostFrame Gdt(int page) => new(_gdt[page]);

    /// <summary>Frame of LDT page <paramref name="page"/>; number 0 if it was not used yet.</summary>
    public HostFrame Ldt(int page) => new(_ldt[page]);

    /// <summary>Sets the frame of a GDT page; number 0 for none.</summary>
    public void SetGdt(int page, HostFrame frame)
    {
        _gdt[page] = frame.Number;
        IsChanged = true;
    }

    /// <summary>Sets the frame of an LDT page; number 0 for none.</summary>
    public void SetLdt(int page, HostFrame frame)
    {
        _ldt[page] = frame.Number;
        IsChanged = true;
    }

    /// <summary>Forgets the last domain's.</summary>
    public void Reset()
    {
        for (int page = 0; page < GdtPages; page++)
        {
            _gdt[page] = 0;
        }

        for (int page = 0; page < LdtPages; page++)
        {
            _ldt[page] = 0;
        }

        GdtEntries = LdtEntries = 0;
        LdtBase = 0;
        IsChanged = true;
    }
}
