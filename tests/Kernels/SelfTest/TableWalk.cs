using Multicosm.Platform.Boot;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Memory;

namespace Multicosm.SelfTest;

/// <summary>Reads the page tables that CR3 leads to, all of them, and looks for what W^X forbids.</summary>
/// <source>SDM 3A, "4-Level Paging"</source>
internal sealed unsafe class TableWalk(Report report)
{
    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong User = 4;
    private const ulong Large = 1 << 7;
    private const ulong NoExecute = 1UL << 63;
    private const ulong AddressMask = 0x000FFFFFFFFFF000;

    private ulong _leaves;
    private ulong _writableCode;
    private ulong _userPages;
    private ulong _strayCode;
    private ulong _writableText;
    private ulong _lowHalf;

    /// <summary>Walks and reports.</summary>
    public void Run()
    {
        Visit(CpuInstructions.ReadCr3() & AddressMask, 4, 0, Writable | User);
        report.Check("page tables map something"u8, _leaves > 20, "few pages"u8, _leaves);
        report.Check("no page is writable and executable"u8, _writableCode == 0, "such pages"u8, _writableCode);
        report.Check("only text is executable"u8, _strayCode == 0, "such pages"u8, _strayCode);
        report.Check("no page shows text or read-only data writable"u8, _writableText == 0, "such pages"u8, _writableText);
        report.Check("no page is user mode's"u8, _userPages == 0, "such pages"u8, _userPages);
        report.Check("the lower half is empty"u8, _lowHalf == 0, "pages"u8, _lowHalf);
    }

    private void Visit(ulong table, int level, ulong address, ulong rights)
    {
        int shift = 12 + (9 * (level - 1));
        for (ulong index = 0; index < 512; index++)
        {
            ulong entry = ((ulong*)DirectMap.Pointer(table))[index];
            ulong at = address | (index << shift);
            at = level == 4 && index >= 256 ? at | 0xFFFF000000000000 : at;
            if ((entry & Present) == 0)
            {
                continue;
            }

            ulong effective = (rights & entry & (Writable | User)) | ((rights | entry) & NoExecute);
            if (level == 1 || (entry & Large) != 0)
            {
                Judge(at, entry & AddressMask & ~((1UL << shift) - 1), 1UL << shift, effective);
            }
            else
            {
                Visit(entry & AddressMask, level - 1, at, effective);
            }
        }
    }

    private void Judge(ulong address, ulong physical, ulong bytes, ulong rights)
    {
        bool writable = (rights & Writable) != 0;
        bool executable = (rights & NoExecute) == 0;
        bool isText = address >= KernelImage.TextStart && address + bytes <= ((KernelImage.TextEnd + 4095) & ~4095UL);
        isText |= address >= EntryArea.Base && physical >= KernelImage.ToPhysical(KernelImage.TextStart) && address + bytes <= EntryArea.Base + EntryArea.CodeBytes; // the entry code a second time
        bool showsText = physical < KernelImage.ToPhysical(KernelImage.RodataEnd) && physical + bytes > KernelImage.ToPhysical(KernelImage.TextStart);
        _leaves++;
        _writableCode += writable && executable ? 1u : 0;
        _strayCode += executable && !isText ? 1u : 0;
        _writableText += writable && showsText ? 1u : 0;
        _userPages += (rights & User) != 0 ? 1u : 0;
        _lowHalf += address >> 63 == 0 ? 1u : 0;
    }
}
