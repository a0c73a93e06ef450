using Multicosm.Domains;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class ExitRouterTests
{
    private readonly FakePc _pc = FakePc.WithDebian();
    private readonly Domain _domain;

    public ExitRouterTests()
    {
        _domain = _pc.Create();
        _domain.Board.Reset(64UL << 20, 0, hasTestDevice: false);
    }

    [Fact]
    public void The_board_is_wired_without_a_clash() => Assert.True(_domain.Board.IsWired);

    [Fact]
    public void Ports_reach_their_devices()
    {
        Assert.Equal(0x60u, Read(VcpuExitKind.PortRead, 0x3FD, 1) & 0x60); // UART: transmitter empty
        Write(VcpuExitKind.PortWrite, 0x3FF, 1, 0x5A);
        Assert.Equal(0x5AUL, Read(VcpuExitKind.PortRead, 0x3FF, 1) & 0xFF); // UART: scratch
        Write(VcpuExitKind.PortWrite, 0xCF8, 4, 0x80000000);
        Assert.Equal(0x8086UL, Read(VcpuExitKind.PortRead, 0xCFC, 2) & 0xFFFF); // PCI host bridge: vendor
        Assert.Equal(1UL, Read(VcpuExitKind.PortRead, 0x604, 2) & 1); // ACPI: SCI_EN
    }

    [Theory]
    [InlineData(0x80)]
    [InlineData(0xED)]
    [InlineData(0x9999)]
    public void Silent_and_missing_ports_take_writes_and_read_all_ones(ushort port)
    {
        Write(VcpuExitKind.PortWrite, port, 1, 0x42);
        Assert.Equal(0xFFUL, Read(VcpuExitKind.PortRead, port, 1) & 0xFF);
    }

    [Fact]
    public void Memory_reaches_both_APICs()
    {
        Assert.Equal(0x14UL, Read(VcpuExitKind.MmioRead, 0xFEE00030, 4) & 0xFF); // local APIC version
        Write(VcpuExitKind.MmioWrite, 0xFEC00000, 4, 1);
        Assert.Equal(23UL, (Read(VcpuExitKind.MmioRead, 0xFEC00010, 4) >> 16) & 0xFF); // 24 pins
    }

    [Fact]
    public void CR8_is_the_upper_half_of_the_task_priority()
    {
        Write(VcpuExitKind.TaskPriorityWrite, 0, 8, 9);
        Assert.Equal(9UL, Read(VcpuExitKind.TaskPriorityRead, 0, 8));
        Assert.Equal(0x90UL, Read(VcpuExitKind.MmioRead, 0xFEE00080, 4));
    }

    private ulong Read(VcpuExitKind kind, ulong address, byte size)
    {
        _domain.Vcpu.Backend.Exit = new VcpuExit { Kind = kind, Address = address, SizeBytes = size };
        ExitRouter.Route(_domain.Board, _domain.Vcpu);
        return _domain.Vcpu.Backend.Reply.Value;
    }

    private void Write(VcpuExitKind kind, ulong address, byte size, ulong value)
    {
        _domain.Vcpu.Backend.Exit = new VcpuExit { Kind = kind, Address = address, SizeBytes = size, Value = value };
        ExitRouter.Route(_domain.Board, _domain.Vcpu);
    }
}
