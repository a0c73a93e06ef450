using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>vm_assist, by which a guest chooses how some rules apply to it, and physdev_op, of which a guest without devices may ask the I/O privilege alone. They take no lock.</summary>
/// <source>Xen headers "xen.h"; Xen headers "physdev.h"</source>
internal static class AssistHypercalls
{
    private const uint Enable = 0;
    private const uint Disable = 1;
    private const uint LargeSegments = 0;
    private const uint LargeSegmentsNotify = 1;
    private const uint WritablePageTables = 2;
    private const uint ExtendedCr3 = 3;
    private const uint ArchitecturalPrivilege = 4;
    private const uint RunstateUpdateFlag = 5;
    private const uint StrictMachineTable = 32;
    private const uint SetIoPrivilege = 6;
    private const uint SetIoBitmap = 7;
    private const uint LongestBitmap = 65536;

    /// <summary>vm_assist: 0; Invalid for a type that there is not, NoSystemCall for another command.</summary>
    public static long VmAssist(PvVcpu caller, uint command, uint type)
    {
        if (command > Disable)
        {
            return -(long)XenError.NoSystemCall;
        }

        PvDomain domain = caller.Domain;
        bool isOn = command == Enable;
        switch (type)
        {
            case WritablePageTables:
                domain.WritesPageTables = isOn;
                return 0;
            case LargeSegments or LargeSegmentsNotify or ExtendedCr3:
                return 0; // always so on 64-bit
            case ArchitecturalPrivilege:
                domain.ShowsIoPrivilege = isOn;
                for (int i = 0; i < domain.VcpuCount; i++)
                {
                    ShortWays.OnChange(domain.Vcpu(i));
                }

                return 0;
            case RunstateUpdateFlag:
                domain.MarksRunstateUpdates = isOn;
                return 0;
            case StrictMachineTable:
                domain.Ram.Types.IsPhysicalTableHidden = isOn;
                return 0;
            default:
                return -(long)XenError.Invalid;
        }
    }

    /// <summary>physdev_op: set_iopl and set_iobitmap, whose ports are not there anyway; NoSystemCall for all others.</summary>
    public static long PhysdevOp(PvVcpu caller, uint command, ulong argument)
    {
        switch (command)
        {
            case SetIoPrivilege:
                if (!GuestSpace.TryReadUInt32(caller, argument, out uint level))
                {
                    return -(long)XenError.Fault;
                }

                if (level > 3)
                {
                    return -(long)XenError.Invalid;
                }

                caller.IoPrivilege = (byte)level;
                return 0;
            case SetIoBitmap:
                // Linux makes this call at each return to a program that has called iopl or ioperm.
                if (!GuestSpace.TryReadPair(caller, argument, out ulong bitmap, out ulong length))
                {
                    return -(long)XenError.Fault;
                }

                uint ports = (uint)length;
                if (ports > LongestBitmap || !GuestSpace.IsGuestRange(bitmap, ports / 8))
                {
                    return -(long)XenError.Invalid;
                }

                caller.IoBitmap = bitmap;
                caller.IoBitmapPorts = ports;
                return 0;
            default:
                return -(long)XenError.NoSystemCall;
        }
    }
}
