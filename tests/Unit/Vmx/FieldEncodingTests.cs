using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Multicosm.Vmx.Vmcs;
using Xunit;

namespace Multicosm.Unit.Vmx;

/// <summary>Each VMCS field lies in the enum that its own encoding names (SDM 3D, Appendix B "Field Encoding in VMCS").</summary>
public sealed class FieldEncodingTests
{
    private static readonly string[] s_kinds = ["Control", "ExitInfo", "Guest", "Host"]; // bits 11:10
    private static readonly string[] s_widths = ["16", "64", "32", "Natural"]; // bits 14:13

    public static TheoryData<Type> Enums()
    {
        TheoryData<Type> data = [];
        foreach (Type type in FieldEnums())
        {
            data.Add(type);
        }

        return data;
    }

    [Fact]
    public void ThereIsAnEnumForEachWidthAndKindThatIsUsed()
    {
        string[] names = [.. FieldEnums().Select(type => type.Name).Order(StringComparer.Ordinal)];
        string[] expected = [.. s_kinds.SelectMany(kind => s_widths.Select(width => "Vmcs" + kind + width)).Order(StringComparer.Ordinal)];
        Assert.Empty(names.Except(expected));
        Assert.Equal(["VmcsExitInfo16"], expected.Except(names)); // the manual has no such field
    }

    [Theory]
    [MemberData(nameof(Enums))]
    public void EachMemberBelongsToItsEnum(Type type)
    {
        foreach (object member in Enum.GetValues(type))
        {
            uint encoding = Convert.ToUInt32(member);
            string place = "Vmcs" + s_kinds[encoding >> 10 & 3] + s_widths[encoding >> 13 & 3];
            Assert.True(place == type.Name, $"{type.Name}.{member} = 0x{encoding:X} is a field of {place}");
            Assert.True((encoding & 1) == 0, $"{type.Name}.{member} is the upper half of a field");
            Assert.True((encoding & (1u << 12)) == 0 && encoding >> 15 == 0, $"{type.Name}.{member} has a reserved bit");
        }
    }

    [Fact]
    public void NoTwoMembersAreOneField()
    {
        List<uint> all = [.. FieldEnums().SelectMany(type => Enum.GetValues(type).Cast<object>()).Select(Convert.ToUInt32)];
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.True(all.Count > 100);
    }

    // Restated from the manual's tables; a field with a wrong index would pass the checks above.
    [Theory]
    [InlineData(VmcsGuestNatural.Rip, 0x681E)]
    [InlineData(VmcsGuestNatural.Rsp, 0x681C)]
    [InlineData(VmcsGuestNatural.Rflags, 0x6820)]
    [InlineData(VmcsGuestNatural.Cr0, 0x6800)]
    [InlineData(VmcsGuestNatural.Cr3, 0x6802)]
    [InlineData(VmcsGuestNatural.Cr4, 0x6804)]
    [InlineData(VmcsGuestNatural.SysenterEip, 0x6826)]
    [InlineData(VmcsGuest64.VmcsLinkPointer, 0x2800)]
    [InlineData(VmcsGuest64.Efer, 0x2806)]
    [InlineData(VmcsGuest64.Pat, 0x2804)]
    [InlineData(VmcsGuest64.Pdpte0, 0x280A)]
    [InlineData(VmcsGuest64.Pdpte3, 0x2810)]
    [InlineData(VmcsHostNatural.Rsp, 0x6C14)]
    [InlineData(VmcsHostNatural.Rip, 0x6C16)]
    [InlineData(VmcsHostNatural.Cr3, 0x6C02)]
    [InlineData(VmcsHost16.TrSelector, 0x0C0C)]
    [InlineData(VmcsHost64.Efer, 0x2C02)]
    [InlineData(VmcsControl32.PinBased, 0x4000)]
    [InlineData(VmcsControl32.ProcessorBased, 0x4002)]
    [InlineData(VmcsControl32.SecondaryProcessorBased, 0x401E)]
    [InlineData(VmcsControl32.Exit, 0x400C)]
    [InlineData(VmcsControl32.Entry, 0x4012)]
    [InlineData(VmcsControl32.EntryInterruptionInfo, 0x4016)]
    [InlineData(VmcsControl32.EntryExceptionErrorCode, 0x4018)]
    [InlineData(VmcsControl32.EntryInstructionLength, 0x401A)]
    [InlineData(VmcsControl64.EptPointer, 0x201A)]
    [InlineData(VmcsControl64.MsrBitmaps, 0x2004)]
    [InlineData(VmcsControl64.IoBitmapA, 0x2000)]
    [InlineData(VmcsControl64.IoBitmapB, 0x2002)]
    [InlineData(VmcsControl64.TscOffset, 0x2010)]
    [InlineData(VmcsExitInfo32.InstructionError, 0x4400)]
    [InlineData(VmcsExitInfo32.ExitReason, 0x4402)]
    [InlineData(VmcsExitInfo32.InterruptionInfo, 0x4404)]
    [InlineData(VmcsExitInfo32.IdtVectoringInfo, 0x4408)]
    [InlineData(VmcsExitInfo32.InstructionLength, 0x440C)]
    [InlineData(VmcsExitInfo64.GuestPhysicalAddress, 0x2400)]
    [InlineData(VmcsExitInfoNatural.Qualification, 0x6400)]
    [InlineData(VmcsExitInfoNatural.GuestLinearAddress, 0x640A)]
    public void FieldsHaveTheManualsEncoding(object field, uint encoding) => Assert.Equal(encoding, Convert.ToUInt32(field));

    [Fact]
    public void ReadOnlyFieldsHaveNoWrite()
    {
        IEnumerable<string> written = typeof(CurrentVmcs).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.Name == nameof(CurrentVmcs.Write)).Select(method => method.GetParameters()[0].ParameterType.Name);
        Assert.Equal(12, written.Count());
        Assert.DoesNotContain(written, name => name.Contains("ExitInfo"));
    }

    private static IEnumerable<Type> FieldEnums() => typeof(CurrentVmcs).Assembly.GetTypes()
        .Where(type => type.IsEnum && type.Namespace == typeof(CurrentVmcs).Namespace && type.Name.StartsWith("Vmcs"));
}
