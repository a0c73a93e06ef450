using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Vmx.Vmcs;
using Xunit;
using HostFiles = Multicosm.Hosting.Repository;

namespace Multicosm.Unit.Vmx;

/// <summary>vmx_enter.asm cannot use the enums of VMCS fields: its constants are compared with them here.</summary>
public sealed partial class EntryFieldTests
{
    private static readonly Dictionary<string, Enum> s_fields = new()
    {
        ["HostRsp"] = VmcsHostNatural.Rsp,
        ["ExitReason"] = VmcsExitInfo32.ExitReason,
        ["InstructionLength"] = VmcsExitInfo32.InstructionLength,
        ["Qualification"] = VmcsExitInfoNatural.Qualification,
        ["GuestRip"] = VmcsGuestNatural.Rip,
        ["GuestRflags"] = VmcsGuestNatural.Rflags,
        ["Interruptibility"] = VmcsGuest32.Interruptibility,
        ["PreemptionTimer"] = VmcsGuest32.PreemptionTimer,
    };

    [Fact]
    public void EachConstantIsTheFieldThatItNames()
    {
        string source = File.ReadAllText(Path.Combine(HostFiles.Root, "Vmx", "Entry", "vmx_enter.asm"));
        Dictionary<string, uint> found = Constant().Matches(source)
            .ToDictionary(match => match.Groups[1].Value, match => uint.Parse(match.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(s_fields.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.All(found, pair => Assert.Equal(Convert.ToUInt32(s_fields[pair.Key], CultureInfo.InvariantCulture), pair.Value));
    }

    [GeneratedRegex(@"(?m)^(\w+)Field +equ 0x([0-9A-F]+)")]
    private static partial Regex Constant();
}
