using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Segment checks outside 64-bit code, for operands that the processor has not checked before the exit.</summary>
/// <source>SDM 3A, "Limit Checking" and "Type Checking"</source>
internal static class SegmentLimits
{
    private const uint Unusable = 1 << 16;
    private const uint Code = 1 << 3;
    private const uint ExpandDown = 1 << 2;
    private const uint WritableOrReadable = 1 << 1;
    private const uint Big = 1 << 14;

    /// <summary>True if segment <paramref name="segment"/> of the current VMCS lets the operand be accessed.</summary>
    public static bool Allow(uint segment, ulong offset, int sizeBytes, bool write)
    {
        uint rights = CurrentVmcs.Read(VmcsGuest32.EsAccessRights + (segment * 2));
        uint limit = CurrentVmcs.Read(VmcsGuest32.EsLimit + (segment * 2));
        bool isCode = (rights & Code) != 0;
        bool canAccess = write ? !isCode && (rights & WritableOrReadable) != 0 : !isCode || (rights & WritableOrReadable) != 0;
        if ((rights & Unusable) != 0 || !canAccess)
        {
            return false;
        }

        ulong last = offset + (ulong)sizeBytes - 1;
        return !isCode && (rights & ExpandDown) != 0
            ? offset > limit && last <= ((rights & Big) != 0 ? 0xFFFFFFFF : 0xFFFFu)
            : last <= limit;
    }
}
