using System;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Paravirt.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>
/// A guest with the page tables that a domain builder makes: pseudo-physical pages (0..511, or fewer) from <see cref="VirtualBase"/> on, read-only where
/// the page tables are. Hypercalls are made with arguments in its memory and go on until they are finished.
/// </summary>
internal sealed unsafe class BootedGuest : IDisposable
{
    public const ulong VirtualBase = 0xFFFF_FFFF_8000_0000;
    public const ulong Present = 1, Writable = 2, User = 4, Accessed = 0x20, Dirty = 0x40, NoExecute = 1UL << 63, GuestKernel = 1UL << 52;
    public const ulong Table = Present | Writable | User | Accessed | Dirty;

    // pseudo-physical numbers of the first pages
    public const ulong Level4 = 1, Level3 = 2, Level2 = 3, Level1 = 4, Arguments = 5, Lists = 6, FirstFree = 16;

    private const ulong Done = 0xFF8;

    public BootedGuest(int budget = PageTypes.Budget, bool leaks = false, bool hidesTable = false, ulong mappedPages = 512)
    {
        Host = new FakePvHost(budget, leaks);
        Host.Types.IsPhysicalTableHidden = hidesTable;
        Content(Level4)[511] = Entry(Level3, Table);
        Content(Level3)[510] = Entry(Level2, Table);
        Content(Level2)[0] = Entry(Level1, Table);
        for (ulong page = 0; page < mappedPages; page++)
        {
            Content(Level1)[(int)page] = Entry(page, page switch
            {
                >= Level4 and <= Level1 => Present | Accessed,
                Arguments or Lists => Present | Writable | Accessed | Dirty,
                _ => Present | Writable | Accessed,
            });
        }

        XenError error;
        do
        {
            Assert.Equal(XenError.None, Host.Types.Begin());
            error = Host.Types.TryPin(new ClaimedFrame(Frame(Level4)), FrameType.Level4);
        }
        while (error == XenError.Unfinished);
        Assert.Equal(XenError.None, error);
        Assert.Equal(XenError.None, BaseTables.TrySetKernel(Vcpu, new ClaimedFrame(Frame(Level4))));
    }

    public FakePvHost Host { get; }

    public PvVcpu Vcpu => Host.Vcpu;

    public PageTypes Types => Host.Types;

    /// <summary>What the last hypercall over an array wrote to its counter.</summary>
    public uint LastDone => (uint)Content(Arguments)[(int)Done / 8];

    /// <summary>How often the last hypercall was interrupted.</summary>
    public int Interruptions { get; private set; }

    /// <summary>Machine frame of a pseudo-physical page.</summary>
    public ulong Frame(ulong page) => Host.Own.Ram.FrameAt(page).Number;

    public Span<ulong> Content(ulong page) => Host.Content(Frame(page));

    public FrameRecord Record(ulong page) => Host.Record(Frame(page));

    public static ulong Linear(ulong page) => VirtualBase + (page << 12);

    public ulong Entry(ulong page, ulong flags) => (Frame(page) << 12) | flags;

    /// <summary>mmu_update with one request for entry <paramref name="index"/> of a page, command in the low bits.</summary>
    public long Update(ulong page, int index, ulong value, ulong command = 0) => UpdateAt((Frame(page) << 12) + ((ulong)index * 8) + command, value);

    public long UpdateAt(ulong where, ulong value) => UpdateMany([where, value]);

    /// <summary>mmu_update with pairs of where and value.</summary>
    public long UpdateMany(params ReadOnlySpan<ulong> pairs)
    {
        pairs.CopyTo(Content(Lists));
        ulong requests = Linear(Lists), count = (ulong)pairs.Length / 2;
        return Repeat(() => MmuHypercalls.MmuUpdate(Vcpu, ref requests, ref count, Linear(Arguments) + Done, DomainNumbers.Self));
    }

    /// <summary>mmuext_op with one operation.</summary>
    public long Extended(MmuCommand command, ulong first, ulong second = 0) => ExtendedMany([(ulong)command, first, second]);

    public long ExtendedMany(params ReadOnlySpan<ulong> triples)
    {
        triples.CopyTo(Content(Lists));
        ulong operations = Linear(Lists), count = (ulong)triples.Length / 3;
        return Repeat(() => MmuExtendedHypercalls.MmuExtended(Vcpu, ref operations, ref count, Linear(Arguments) + Done, DomainNumbers.Self));
    }

    public long Pin(ulong page, int level) => Extended((MmuCommand)(level - 1), Frame(page));

    public long Unpin(ulong page) => Extended(MmuCommand.Unpin, Frame(page));

    public long UpdateMapping(ulong linear, ulong value, ulong flags = 0) => Repeat(() => MmuHypercalls.UpdateMapping(Vcpu, linear, value, flags));

    public long SetGdt(int entries, params ReadOnlySpan<ulong> frames)
    {
        frames.CopyTo(Content(Lists));
        return Repeat(() => DescriptorHypercalls.SetGdt(Vcpu, Linear(Lists), (ulong)entries));
    }

    /// <summary>memory_op for a reservation of single frames; the list is left in page Lists.</summary>
    public long Reserve(MemoryCommand command, params ReadOnlySpan<ulong> extents) => ReserveRuns(command, 0, extents);

    /// <summary>As <see cref="Reserve"/>, for runs of 2 to the power of <paramref name="order"/> frames.</summary>
    public long ReserveRuns(MemoryCommand command, ulong order, params ReadOnlySpan<ulong> extents)
    {
        extents.CopyTo(Content(Lists));
        Span<ulong> argument = Content(Arguments);
        argument[0] = Linear(Lists);
        argument[1] = (ulong)extents.Length;
        argument[2] = order;
        argument[3] = DomainNumbers.Self;
        return Memory(command);
    }

    /// <summary>memory_op with what is in page Arguments.</summary>
    public long Memory(MemoryCommand command)
    {
        ulong number = (ulong)command;
        return Repeat(() => MemoryHypercalls.MemoryOperation(Vcpu, ref number, Linear(Arguments)));
    }

    /// <summary>A store as the trap's handler makes it: the short way if that will do.</summary>
    public XenError Store(ulong linear, ulong value, int size = 8)
    {
        XenError error = XenError.None;
        if (size == 8 && linear % 8 == 0 && PageTableStores.TryFind(Vcpu, linear, out ulong entry)
            && PageTableStores.TryStorePlain(Vcpu, entry, value, isExchange: (value & 0x4000) != 0, out _))
        {
            return error;
        }

        _ = Repeat(() =>
        {
            error = PageTableStores.TryStore(Vcpu, linear, size, value, 0, isAtomic: false);
            return -(long)error;
        });
        return error;
    }

    public XenError Exchange(ulong linear, ulong value, ulong expected, int size = 8) =>
        PageTableStores.TryStore(Vcpu, linear, size, value, expected, isAtomic: true);

    /// <summary>Maps a page (read-only, at <see cref="Linear"/>), so that it may become a page table.</summary>
    public void Protect(ulong page) => Assert.Equal(0, UpdateMapping(Linear(page), Entry(page, Present)));

    public void Dispose() => Host.Dispose();

    private long Repeat(Func<long> hypercall)
    {
        for (Interruptions = 0; Interruptions < 100_000; Interruptions++)
        {
            long result = hypercall();
            if (result != -(long)XenError.Unfinished)
            {
                return result;
            }
        }

        throw new InvalidOperationException("the hypercall never ends");
    }
}
