using System;
using Multicosm.Domains.Configuration;
using Multicosm.Machine;

namespace Multicosm.Domains.Loaders;

/// <summary>Puts a bzImage, its ramdisk and the firmware's tables into a domain's memory, in steps, and says where the vCPU starts: the 32-bit entry.</summary>
/// <source>Linux Documentation/arch/x86/boot.rst, "32-bit Boot Protocol"</source>
public sealed class LinuxLoader : KernelLoader
{
    private const int StepBytes = 32 * 1024;
    private const ulong PageMask = 0xFFF;
    private const uint GdtAddress = 0x11000;

    private readonly byte[] _page = new byte[ZeroPage.Bytes];
    private readonly byte[] _tables = new byte[AcpiTables.MaximumBytes];
    private LinuxHeader _header;
    private BootModule? _kernel;
    private ModuleSet? _modules;
    private GuestMemory? _memory;
    private DomainConfiguration? _configuration;
    private ulong _lowBytes;
    private ulong _highBytes;
    private uint _ramdiskAddress;
    private int _kernelDone;
    private int _ramdiskDone;

    /// <inheritdoc/>
    public override uint CommandLineLimit => _header.CommandLineLimit;

    private ReadOnlySpan<byte> Ramdisk => _modules!.Count == 0 ? default : _modules.ContentOf(0);

    /// <inheritdoc/>
    public override LoadStatus Plan(ReadOnlySpan<byte> kernel, ModuleSet modules, int commandLineBytes, ulong lowBytes, ulong highBytes)
        => Plan(kernel, modules.Count == 0 ? 0 : modules.ContentOf(0).Length, commandLineBytes, lowBytes, highBytes);

    /// <summary>The same with a ramdisk of this size, 0 for none.</summary>
    public LoadStatus Plan(ReadOnlySpan<byte> kernel, int ramdiskBytes, int commandLineBytes, ulong lowBytes, ulong highBytes)
    {
        NeededBytes = 0;
        _lowBytes = lowBytes;
        _highBytes = highBytes;
        LoadStatus status = LinuxHeader.Read(kernel, out _header);
        if (status != LoadStatus.Success)
        {
            return status;
        }

        if ((uint)commandLineBytes > _header.CommandLineLimit)
        {
            return LoadStatus.CommandLineTooLong;
        }

        // The ramdisk lies at the top: the kernel unpacks upwards from below.
        ulong pages = ((ulong)ramdiskBytes + PageMask) & ~PageMask;
        ulong top = Math.Min(lowBytes, (ulong)_header.RamdiskLimit + 1) & ~PageMask;
        NeededBytes = _header.EndAddress + pages;
        if (_header.EndAddress > lowBytes || (pages > 0 && (pages > top || top - pages < _header.EndAddress)))
        {
            return LoadStatus.NeedsMoreMemory;
        }

        _ramdiskAddress = (uint)(top - pages);
        return LoadStatus.Success;
    }

    /// <inheritdoc/>
    public override void Begin(GuestMemory memory, BootModule kernel, ModuleSet modules, DomainConfiguration configuration)
    {
        _memory = memory;
        _kernel = kernel;
        _modules = modules;
        _configuration = configuration;
        _kernelDone = 0;
        _ramdiskDone = 0;
    }

    /// <inheritdoc/>
    public override LoadStatus Step()
    {
        ReadOnlySpan<byte> kernel = _kernel!.Content.Slice(_header.KernelOffset, _header.KernelBytes);
        if (_kernelDone < kernel.Length)
        {
            return Copy(kernel, _header.LoadAddress, ref _kernelDone);
        }

        ReadOnlySpan<byte> ramdisk = Ramdisk;
        if (_ramdiskDone < ramdisk.Length)
        {
            return Copy(ramdisk, _ramdiskAddress, ref _ramdiskDone);
        }

        return WriteTables(ramdisk.Length) ? LoadStatus.Success : LoadStatus.MemoryFault;
    }

    /// <inheritdoc/>
    public override void FillState(out VcpuState state)
    {
        FlatState.Fill(out state, _header.LoadAddress, GdtAddress);
        state.Rsi = ZeroPage.Address;
    }

    private LoadStatus Copy(ReadOnlySpan<byte> source, uint address, ref int done)
    {
        int count = Math.Min(StepBytes, source.Length - done);
        bool copied = _memory!.TryCopyOut(new GuestPhysicalAddress(address + (ulong)done), source.Slice(done, count));
        done += count;
        return copied ? LoadStatus.InProgress : LoadStatus.MemoryFault;
    }

    private bool WriteTables(int ramdiskBytes)
    {
        ReadOnlySpan<byte> setup = _kernel!.Content.Slice(LinuxHeader.SetupOffset, _header.SetupBytes);
        ZeroPage.Fill(_page, setup, in _header);
        ZeroPage.SetRamdisk(_page, ramdiskBytes == 0 ? 0 : _ramdiskAddress, (uint)ramdiskBytes);
        ZeroPage.SetMemoryMap(_page, _lowBytes, _highBytes);
        int tableBytes = AcpiTables.Write(_tables);
        return TryPut(ZeroPage.Address, _page)
            && TryPut(ZeroPage.CommandLineAddress, _configuration!.EffectiveCommandLine)
            && TryPut(ZeroPage.CommandLineAddress + (ulong)_configuration.EffectiveCommandLine.Length, [0])
            && TryPut(GdtAddress, FlatState.Gdt)
            && TryPut(AcpiTables.Address, new ReadOnlySpan<byte>(_tables, 0, tableBytes));
    }

    private bool TryPut(ulong address, ReadOnlySpan<byte> bytes) => _memory!.TryCopyOut(new GuestPhysicalAddress(address), bytes);
}
