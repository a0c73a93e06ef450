using System.Runtime;
using System.Runtime.CompilerServices;

namespace Multicosm.Vmx.Vmcs;

/// <summary>The current VMCS. The field's enum gives width and direction: read-only data has no Write.</summary>
/// <source>SDM 3C, "Virtual-Machine Control Structures"</source>
public static unsafe class CurrentVmcs
{
    /// <summary>Writes a field.</summary>
    public static void Write(VmcsControl16 field, ushort value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ushort Read(VmcsControl16 field) => (ushort)ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsControl32 field, uint value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static uint Read(VmcsControl32 field) => (uint)ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsControl64 field, ulong value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ulong Read(VmcsControl64 field) => ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsControlNatural field, ulong value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ulong Read(VmcsControlNatural field) => ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsGuest16 field, ushort value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ushort Read(VmcsGuest16 field) => (ushort)ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsGuest32 field, uint value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static uint Read(VmcsGuest32 field) => (uint)ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsGuest64 field, ulong value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ulong Read(VmcsGuest64 field) => ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsGuestNatural field, ulong value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ulong Read(VmcsGuestNatural field) => ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsHost16 field, ushort value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ushort Read(VmcsHost16 field) => (ushort)ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsHost32 field, uint value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static uint Read(VmcsHost32 field) => (uint)ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsHost64 field, ulong value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ulong Read(VmcsHost64 field) => ReadField((uint)field);

    /// <summary>Writes a field.</summary>
    public static void Write(VmcsHostNatural field, ulong value) => WriteField((uint)field, value);

    /// <summary>Reads a field.</summary>
    public static ulong Read(VmcsHostNatural field) => ReadField((uint)field);

    /// <summary>Reads a field.</summary>
    public static uint Read(VmcsExitInfo32 field) => (uint)ReadField((uint)field);

    /// <summary>Reads a field.</summary>
    public static ulong Read(VmcsExitInfo64 field) => ReadField((uint)field);

    /// <summary>Reads a field.</summary>
    public static ulong Read(VmcsExitInfoNatural field) => ReadField((uint)field);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_read")]
    private static extern ulong ReadField(uint field);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_write")]
    private static extern void WriteField(uint field, ulong value);
}
