using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Building;

/// <summary>
/// Makes what a PV kernel finds around its image, in bounded steps: the list of its frames, its first page tables, start_info, the
/// shared page. The tables are written as a guest would write them and then validated like any others.
/// </summary>
/// <source>Xen headers "xen.h"; Xen headers "arch-x86/xen-x86_64.h"</source>
internal sealed unsafe class ImageBuilder(PvDomain domain)
{
    private const ulong PageBytes = 4096;
    private const ulong StepFrames = 512;
    private const ulong TableFlags = 0x67; // P RW US A D
    private const ulong PageFlags = 0x23; // P RW A
    private const ulong ReadOnlyFlags = 0x21;

    private BootLayout _layout;
    private ParavirtImage _image;
    private BuilderStage _stage;
    private ulong _done;
    private ulong _pinned;

    /// <summary>Where everything lies; after a successful build.</summary>
    public ref readonly BootLayout Layout => ref _layout;

    /// <summary>Starts over.</summary>
    public void Reset()
    {
        _stage = BuilderStage.Layout;
        _pinned = 0;
    }

    /// <summary>One bounded step: InProgress until Success; OutOfMemory if there is no room.</summary>
    public BackendStatus Step(in ParavirtImage image, ReadOnlySpan<byte> commandLine)
    {
        switch (_stage)
        {
            case BuilderStage.Layout:
                _image = image;
                _done = 0;
                if (!BootLayout.TryMake(in image, domain.Ram.PageCount, out _layout))
                {
                    return BackendStatus.OutOfMemory;
                }

                _stage = BuilderStage.List;
                return BackendStatus.InProgress;
            case BuilderStage.List:
                return WriteList();
            case BuilderStage.Tables:
                return WriteTables();
            case BuilderStage.Pages:
                WriteStartInfo(commandLine);
                FillHypercallPage();
                _stage = BuilderStage.Validate;
                return BackendStatus.InProgress;
            default:
                return Validate();
        }
    }

    /// <summary>Machine address of a pseudo-physical frame.</summary>
    public ulong MachineAddress(ulong frame) => domain.Ram.FrameAt(frame).Address.Value;

    private ulong* Table(ulong frame) => domain.Ram.Window.Table(domain.Ram.FrameAt(frame));

    private BackendStatus WriteList()
    {
        ulong end = Math.Min(_done + StepFrames, domain.Ram.PageCount);
        for (; _done < end; _done++)
        {
            Table(_layout.ListFrame + (_done / 512))[_done % 512] = domain.Ram.FrameAt(_done).Number;
        }

        if (_done == domain.Ram.PageCount)
        {
            for (ulong rest = _done; rest < _layout.ListPages * 512; rest++)
            {
                Table(_layout.ListFrame + (rest / 512))[rest % 512] = ulong.MaxValue;
            }

            _stage = BuilderStage.Tables;
            _done = 0;
        }

        return BackendStatus.InProgress;
    }

    // Level 4, then the tables of level 3, 2 and 1; behind them those of a list with an address of its own.
    private BackendStatus WriteTables()
    {
        ulong end = Math.Min(_done + StepFrames, _layout.MappedEnd);
        ulong first3 = _layout.TableFrame + 1;
        ulong first2 = first3 + _layout.Tables3;
        ulong first1 = first2 + _layout.Tables2;
        ulong tablesEnd = _layout.TableFrame + _layout.TableCount;
        for (; _done < end; _done++)
        {
            bool isTable = (_done >= _layout.TableFrame && _done < tablesEnd) || (_layout.HasOwnList && _done >= _layout.ListFrame + _layout.ListPages && _done < _layout.End);
            Map(_layout.VirtualBase, _layout.VirtualBase + (_done * PageBytes), _done, isTable ? ReadOnlyFlags : PageFlags, first3, first2, first1);
        }

        if (_done < _layout.MappedEnd)
        {
            return BackendStatus.InProgress;
        }

        if (_layout.HasOwnList)
        {
            ulong list3 = _layout.ListFrame + _layout.ListPages;
            for (ulong i = 0; i < _layout.ListPages; i++)
            {
                Map(_layout.ListAddress, _layout.ListAddress + (i * PageBytes), _layout.ListFrame + i, PageFlags, list3, list3 + _layout.ListTables3, list3 + _layout.ListTables3 + _layout.ListTables2);
            }
        }

        _stage = BuilderStage.Pages;
        return BackendStatus.InProgress;
    }

    private void Map(ulong start, ulong address, ulong frame, ulong flags, ulong first3, ulong first2, ulong first1)
    {
        ulong table3 = first3 + (address >> 39) - (start >> 39);
        ulong table2 = first2 + (address >> 30) - (start >> 30);
        ulong table1 = first1 + (address >> 21) - (start >> 21);
        Table(_layout.TableFrame)[(address >> 39) & 511] = MachineAddress(table3) | TableFlags;
        Table(table3)[(address >> 30) & 511] = MachineAddress(table2) | TableFlags;
        Table(table2)[(address >> 21) & 511] = MachineAddress(table1) | TableFlags;
        Table(table1)[(address >> 12) & 511] = MachineAddress(frame) | flags;
    }

    private void WriteStartInfo(ReadOnlySpan<byte> commandLine)
    {
        const uint ModuleByFrame = 8;
        Span<byte> page = new(domain.Ram.Window.Page(domain.Ram.FrameAt(_layout.StartInfoFrame)), (int)PageBytes);
        "xen-3.0-x86_64"u8.CopyTo(page);
        Put(page, 32, domain.Ram.PageCount);
        Put(page, 40, domain.Ram.SpecialFrame(0).Address.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(page[48..], _image.IsRamdiskByFrame ? ModuleByFrame : 0);
        Put(page, 56, domain.Ram.FrameAt(_layout.StoreFrame).Number);
        BinaryPrimitives.WriteUInt32LittleEndian(page[64..], (uint)domain.Events.BindService((int)GuestService.Store));
        Put(page, 72, domain.Ram.FrameAt(_layout.ConsoleFrame).Number);
        BinaryPrimitives.WriteUInt32LittleEndian(page[80..], (uint)domain.Events.BindService((int)GuestService.Console));
        Put(page, 88, _layout.VirtualBase + (_layout.TableFrame * PageBytes));
        Put(page, 96, _layout.TableCount);
        Put(page, 104, _layout.ListAddress);
        if (_image.RamdiskBytes != 0)
        {
            Put(page, 112, _image.IsRamdiskByFrame ? _image.RamdiskFrame : _layout.VirtualBase + (_image.RamdiskFrame * PageBytes));
            Put(page, 120, _image.RamdiskBytes);
        }

        commandLine.CopyTo(page.Slice(128, 1023));
        if (_layout.HasOwnList)
        {
            Put(page, 1152, _layout.ListFrame);
            Put(page, 1160, _layout.OwnListFrames);
        }
    }

    private void FillHypercallPage()
    {
        ulong offset = unchecked(_image.HypercallPage - _image.VirtualBase);
        if (_image.HypercallPage != 0 && offset / PageBytes < domain.Ram.PageCount)
        {
            HypercallPage.Fill(new Span<byte>(domain.Ram.Window.Page(domain.Ram.FrameAt(offset / PageBytes)), (int)PageBytes));
        }
    }

    // The builder's own pin, and the use by CR3.
    private BackendStatus Validate()
    {
        ClaimedFrame root = new(domain.Ram.FrameAt(_layout.TableFrame).Number);
        XenError error = domain.Ram.Types.Begin();
        error = error == XenError.None && _pinned == 0 ? domain.Ram.Types.TryPin(root, FrameType.Level4) : error;
        if (error == XenError.Unfinished)
        {
            return BackendStatus.InProgress;
        }

        _pinned = 1;
        error = error == XenError.None ? domain.Ram.Types.TryGet(root, FrameType.Level4, out _) : error;
        return error == XenError.None ? BackendStatus.Success : BackendStatus.OutOfMemory;
    }

    private static void Put(Span<byte> page, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(page[offset..], value);
}
