using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <summary>The level-4 tables that a vCPU runs on: each holds a use of its frame. Takes the domain's page lock.</summary>
internal static unsafe class BaseTables
{
    /// <summary>Makes a frame the kernel's level-4 table; the vCPU runs on it if it is in kernel mode. None; Invalid or NotPermitted if it cannot be one; Unfinished: nothing has changed.</summary>
    public static XenError TrySetKernel(PvVcpu vcpu, ClaimedFrame claim)
    {
        PageTypes types = vcpu.Domain.Ram.Types;
        XenError error = types.TryGet(claim, FrameType.Level4, out HostFrame frame);
        if (error != XenError.None)
        {
            return error;
        }

        types.ShowPhysicalTable(frame, isShown: true);
        DescriptorPages.DropLdt(vcpu); // its pages were found by the old table
        ulong old = vcpu.KernelTable;
        vcpu.KernelTable = frame.Address.Value;
        if (vcpu.IsKernelMode)
        {
            vcpu.Registers->Cr3 = vcpu.KernelTable;
        }

        PutTable(types, old);
        return XenError.None;
    }

    /// <summary>Makes a frame the user's level-4 table; number 0 means none. Results as of <see cref="TrySetKernel"/>.</summary>
    public static XenError TrySetUser(PvVcpu vcpu, ClaimedFrame claim)
    {
        PageTypes types = vcpu.Domain.Ram.Types;
        HostFrame frame = default;
        XenError error = claim.Number == 0 ? XenError.None : types.TryGet(claim, FrameType.Level4, out frame);
        if (error != XenError.None)
        {
            return error;
        }

        if (claim.Number != 0 && types.IsPhysicalTableHidden)
        {
            types.ShowPhysicalTable(frame, isShown: false);
        }

        ulong old = vcpu.UserTable;
        vcpu.UserTable = frame.Address.Value;
        PutTable(types, old);
        return XenError.None;
    }

    /// <summary>Lets go of both tables, of a vCPU that does not run.</summary>
    public static void Drop(PvVcpu vcpu)
    {
        PutTable(vcpu.Domain.Ram.Types, vcpu.KernelTable);
        PutTable(vcpu.Domain.Ram.Types, vcpu.UserTable);
        vcpu.KernelTable = 0;
        vcpu.UserTable = 0;
    }

    private static void PutTable(PageTypes types, ulong table)
    {
        if (table != 0)
        {
            types.Put(new HostFrame(table >> 12));
        }
    }
}
