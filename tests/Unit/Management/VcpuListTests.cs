using System;
using System.Linq;
using System.Text.Json;
using Multicosm.Domains;
using Multicosm.Unit.Domains;
using Multicosm.Unit.Hosting;
using Multicosm.Unit.Protocol;
using Xunit;

namespace Multicosm.Unit.Management;

/// <summary>A domain with three processors, of which one computes, one waits and one was never switched on.</summary>
public sealed class VcpuListTests
{
    private readonly FakePc _pc = FakePc.WithParavirt(
        FakePc.Config("many.cfg", "name = \"many\"\nkernel = \"pv\"\nmemory = 32\ntype = \"pv\"\nvcpus = 3\n"),
        FakePc.File("pv", KernelMaker.Elf([.. Note(1, 0xFFFFFFFF81000100), .. Note(3, 0xFFFFFFFF80000000)])));

    [Fact]
    public void There_is_a_row_for_each_processor()
    {
        ShellFixture shell = new(_pc);
        shell.Ask("create many");
        Prepare(shell["many"]);
        Assert.Matches(
            @"^Name .*\nmany +1     0     0 running +1\.5 all / all\nmany +1     1     0 blocked +0\.2 all / all\nmany +1     2     - offline +0\.0 all / all\n$",
            shell.Ask("vcpu-list many"));
        shell.Ask("pause many");
        Assert.Equal(3, shell.Ask("vcpu-list").Split("     - paused").Length - 1);
    }

    [Fact]
    public void There_is_an_object_for_each_processor()
    {
        ProtocolFixture line = new(_pc);
        _ = line.Ask("create", "many");
        Prepare(line.Shell["many"]);
        JsonElement[] rows = [.. line.Ask("vcpu-list").GetProperty("result").EnumerateArray()];
        Assert.Equal([0, 1, 2], rows.Select(row => row.GetProperty("vcpu").GetInt32()));
        Assert.Equal(["running", "blocked", "offline"], rows.Select(row => ProtocolFixture.Text(row, "state")));
        Assert.Equal([1_500_000, 200_000, 0], rows.Select(row => row.GetProperty("cpu_ticks").GetInt32()));
    }

    private static void Prepare(Domain domain)
    {
        Assert.Equal(DomainState.Running, domain.State);
        Of(domain, 0).Nanoseconds = 1_500_000_000;
        Of(domain, 1).Nanoseconds = 200_000_000;
        Of(domain, 1).IsBlocked = true;
        Of(domain, 2).IsUp = false;
    }

    private static FakeProcessorOfMany Of(Domain domain, int index) => (FakeProcessorOfMany)domain.Vcpus[index].Backend;

    private static byte[] Note(uint type, ulong value) => KernelMaker.Note("Xen", type, BitConverter.GetBytes(value));
}
