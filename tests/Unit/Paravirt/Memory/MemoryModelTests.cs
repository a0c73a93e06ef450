using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Paravirt.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>
/// Random sequences of what a hostile guest may do to its memory, each step compared with <see cref="ModelMemory"/>: the result, what every
/// frame is used for, and its content; and the invariants. Budgets are small, so that most work on tables is interrupted.
/// </summary>
public sealed class MemoryModelTests
{
    private const int StepsPerSequence = 300;

    [LongProperty(20, 3_400, Arbitrary = [typeof(Sequences)])]
    public void Every_step_does_what_the_model_does(int[] steps)
    {
        using GuestWithModel guest = new(budget: 40 + (steps.Length == 0 ? 0 : (int)((uint)steps[0] % 400)));
        foreach (int step in steps)
        {
            guest.Step(new StepChoices(step));
        }
    }

    [Fact]
    public void Random_steps_reach_success_and_refusal_of_every_operation()
    {
        Dictionary<string, (int Done, int Refused)> seen = [];
        for (int sequence = 0; sequence < 10; sequence++)
        {
            using GuestWithModel guest = new(budget: 100);
            for (int i = 0; i < StepsPerSequence; i++)
            {
                (string name, bool isDone) = guest.Step(new StepChoices((sequence * 1_000_003) + i));
                (int done, int refused) = seen.GetValueOrDefault(name);
                seen[name] = isDone ? (done + 1, refused) : (done, refused + 1);
            }
        }

        string[] never = ["abandon"]; // it cannot fail
        Assert.Empty(seen.Where(pair => pair.Value.Done == 0 || (pair.Value.Refused == 0 && !never.Contains(pair.Key))).Select(pair => $"{pair.Key} {pair.Value}"));
        Assert.Equal(15, seen.Count);
    }

    private static class Sequences
    {
        public static Arbitrary<int[]> Steps() => Arb.From(Gen.Choose(int.MinValue, int.MaxValue).ArrayOf(StepsPerSequence), ArbMap.Default.ArbFor<int[]>().Shrinker);
    }

    /// <summary>Small choices out of one number (SplitMix64).</summary>
    internal sealed class StepChoices(int seed)
    {
        private ulong _state = (uint)seed;

        public ulong Next()
        {
            _state += 0x9E37_79B9_7F4A_7C15;
            ulong mixed = (_state ^ (_state >> 30)) * 0xBF58_476D_1CE4_E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
            return mixed ^ (mixed >> 31);
        }

        public int Below(int end) => (int)(Next() % (ulong)end);

        public bool Percent(int chance) => Below(100) < chance;

        public T Of<T>(params T[] values) => values[Below(values.Length)];
    }

    /// <summary>The real thing and the model, side by side.</summary>
    private sealed class GuestWithModel : IDisposable
    {
        private const ulong MappedPages = 40, FirstHot = 20, HotPages = 14, FirstCold = 600, ColdPages = 6, FirstWindow = 300;
        private const ulong HoleEntry = 100; // level-2 entries from here on are the steps' to change

        private readonly BootedGuest _guest;
        private readonly ModelMemory _model;
        private readonly ulong[] _targets;
        private readonly ulong[] _foreign;
        private readonly ulong[] _watched;

        public GuestWithModel(int budget)
        {
            _guest = new BootedGuest(budget, mappedPages: MappedPages);
            _model = new ModelMemory(_guest.Types.HypervisorSlots);
            for (ulong page = FirstHot; page < FirstHot + HotPages; page++)
            {
                _guest.Protect(page);
                Assert.Equal(0, _guest.Update(BootedGuest.Level1, (int)(page - FirstHot + FirstWindow), _guest.Entry(page, BootedGuest.Present)));
            }

            Assert.Equal(XenError.None, BaseTables.TrySetKernel(_guest.Host.Own.Vcpu(1), new ClaimedFrame(_guest.Frame(BootedGuest.Level4))));
            for (ulong page = 0; page < MappedPages; page++)
            {
                _model.Content[_guest.Frame(page)] = _guest.Content(page).ToArray();
            }

            for (ulong page = FirstCold; page < FirstCold + ColdPages; page++)
            {
                _model.Content[_guest.Frame(page)] = new ulong[512];
            }

            ulong shared = _guest.Host.Own.Ram.SpecialFrame(0).Number;
            _model.Content[shared] = _guest.Host.Content(shared).ToArray();
            _model.Roots[("special", 0)] = (shared, ModelMemory.Data);
            _model.Roots[("pin", (int)_guest.Frame(BootedGuest.Level4))] = (_guest.Frame(BootedGuest.Level4), 4);
            _model.Roots[("kernel", 0)] = _model.Roots[("kernel", 1)] = (_guest.Frame(BootedGuest.Level4), 4);
            _model.Recount();
            _targets = Enumerable.Range((int)FirstHot, (int)HotPages).Concat(Enumerable.Range((int)FirstCold, (int)ColdPages))
                .Select(page => _guest.Frame((ulong)page)).ToArray();
            _foreign = [_guest.Host.Other.Ram.FrameAt(7).Number, 1, 2, _guest.Host.Table.EndFrame + 5, (1UL << 40) - 1, _guest.Types.HypervisorSlots[0] >> 12];
            _watched = [.. _targets, shared, .. Enumerable.Range(1, 4).Select(page => _guest.Frame((ulong)page))];
            Compare(isDone: true);
        }

        public void Dispose() => _guest.Dispose();

        /// <summary>Takes one step; the name of the operation and whether it was allowed.</summary>
        public (string Name, bool IsDone) Step(StepChoices choices)
        {
            (string name, bool real, bool expected) = choices.Below(100) switch
            {
                < 34 => Update(choices),
                < 48 => Pin(choices),
                < 56 => Unpin(choices),
                < 63 => UpdateMapping(choices),
                < 71 => Store(choices),
                < 74 => SetGdt(choices),
                < 78 => WriteDescriptor(choices),
                < 81 => SetUserTable(choices),
                < 84 => SetKernelTable(choices),
                < 87 => GiveBack(choices),
                < 90 => GetBack(choices),
                < 92 => Clear(choices),
                < 94 => Copy(choices),
                < 97 => Ldt(choices),
                _ => Abandon(choices),
            };
            Assert.True(real == expected, $"{name}: {(real ? "done" : "refused")}, but the model says otherwise");
            while (_guest.Types.Begin() != XenError.None)
            {
            }

            Compare(real && name != "abandon");
            return (name, real);
        }

        private (string, bool, bool) Update(StepChoices choices)
        {
            (ulong frame, int index) = Place(choices);
            ulong value = Value(choices, frame);
            bool preserve = choices.Percent(30);
            long result = _guest.UpdateAt((frame << 12) + ((ulong)index * 8) + (preserve ? 2u : 0), value);
            Assert.Equal(result == 0 ? 1u : 0, _guest.LastDone);
            return ("update", result == 0, _model.TryWrite(frame, index, value, preserve));
        }

        private (string, bool, bool) Pin(StepChoices choices)
        {
            ulong frame = Target(choices);
            int level = choices.Of(1, 1, 1, 2, 2, 3, 4, 4);
            bool isDone = _guest.Extended((MmuCommand)(level - 1), frame) == 0;
            return ("pin", isDone, !_model.Roots.ContainsKey(("pin", (int)frame)) && _model.TrySetRoots((("pin", (int)frame), frame, level)));
        }

        private (string, bool, bool) Unpin(StepChoices choices)
        {
            (string, int)[] pins = _model.Roots.Keys.Where(key => key.Root == "pin").OrderBy(key => key.Index).Skip(1).ToArray();
            ulong frame = pins.Length != 0 && choices.Percent(80) ? _model.Roots[pins[choices.Below(pins.Length)]].Frame : Target(choices);
            bool isPinned = _model.Roots.ContainsKey(("pin", (int)frame));
            if (frame == _guest.Frame(BootedGuest.Level4))
            {
                return ("unpin", false, false);
            }

            bool isDone = _guest.Extended(MmuCommand.Unpin, frame) == 0;
            return ("unpin", isDone, isPinned && _model.TrySetRoots((("pin", (int)frame), 0, 0)));
        }

        private (string, bool, bool) UpdateMapping(StepChoices choices)
        {
            ulong page = choices.Percent(30)
                ? (ulong)choices.Of(200, 201, (int)FirstHot, (int)FirstHot + 5)
                : ((HoleEntry + (ulong)choices.Below(4)) * 512) + (ulong)Index(choices);
            ulong upper = _guest.Content(BootedGuest.Level2)[(int)(page / 512)];
            ulong table = (upper & PageEntry.AddressMask) >> 12;
            ulong value = Value(choices, table);
            bool isDone = _guest.UpdateMapping(BootedGuest.Linear(page), value) == 0;
            return ("mapping", isDone, (upper & 1) != 0 && _model.TryWrite(table, (int)(page % 512), value, preserve: false, onlyLevel1: true));
        }

        private (string, bool, bool) Store(StepChoices choices)
        {
            ulong page = (ulong)choices.Below((int)HotPages);
            ulong frame = _guest.Frame(page + FirstHot);
            int index = Index(choices), size = choices.Of(8, 8, 8, 4, 2, 1), offset = choices.Below(8 / size) * size;
            ulong live = _guest.Host.Content(frame)[index], mask = (ulong.MaxValue >> (64 - (size * 8))) << (offset * 8);

            // A part of an entry changes flags alone: another frame would be any of the domain's, and the model knows only some.
            ulong value = size == 8 ? Value(choices, frame) : (live ^ choices.Of<ulong>(0, 1, 2, 3, 4, 8, 0x40, 0x80, 1UL << 63)) >> (offset * 8);
            ulong merged = (live & ~mask) | ((value << (offset * 8)) & mask);
            ulong linear = BootedGuest.Linear(FirstWindow + page) + ((ulong)index * 8) + (ulong)offset;
            bool isAtomic = choices.Percent(40), isStale = isAtomic && choices.Percent(20);
            ulong expected = (live & mask) >> (offset * 8);
            XenError error = isAtomic ? _guest.Exchange(linear, value, isStale ? expected ^ 1 : expected, size) : _guest.Store(linear, value, size);
            return ("store", error == XenError.None, !isStale && _model.TryWrite(frame, index, merged, preserve: false, onlyLevel1: true));
        }

        private (string, bool, bool) SetGdt(StepChoices choices)
        {
            int count = choices.Below(4);
            ulong[] frames = Enumerable.Range(0, count).Select(_ => Target(choices)).ToArray();
            bool isDone = _guest.SetGdt(count * 512, frames) == 0;
            return ("gdt", isDone, _model.TrySetRoots(Enumerable.Range(0, 14).Select(i => (("gdt", i), i < count ? frames[i] : 0, ModelMemory.Descriptors)).ToArray())
                && (count != 0 || isDone));
        }

        private (string, bool, bool) WriteDescriptor(StepChoices choices)
        {
            (ulong frame, int index) = Place(choices);
            ulong value = Descriptor(choices);
            bool isDone = DescriptorHypercalls.UpdateDescriptor(_guest.Vcpu, (frame << 12) + ((ulong)index * 8), value) == 0;
            return ("descriptor", isDone, _model.TryWriteDescriptor(frame, index, value));
        }

        private (string, bool, bool) SetUserTable(StepChoices choices)
        {
            ulong frame = choices.Percent(20) ? 0 : Target(choices);
            bool isDone = _guest.Extended(MmuCommand.NewUserTable, frame) == 0;
            return ("user table", isDone, _model.TrySetRoots((("user", 0), frame, 4)));
        }

        // The second vCPU's, since the first one's shows where the arguments are.
        private (string, bool, bool) SetKernelTable(StepChoices choices)
        {
            ulong frame = choices.Percent(20) ? _guest.Frame(BootedGuest.Level4) : Target(choices);
            XenError error;
            do
            {
                error = _guest.Types.Begin();
                error = error == XenError.None ? BaseTables.TrySetKernel(_guest.Host.Own.Vcpu(1), new ClaimedFrame(frame)) : error;
            }
            while (error == XenError.Unfinished);
            return ("kernel table", error == XenError.None, _model.TrySetRoots((("kernel", 1), frame, 4)));
        }

        private (string, bool, bool) GiveBack(StepChoices choices)
        {
            ulong frame = choices.Percent(10) ? choices.Of(_foreign) : _guest.Frame(FirstCold + (ulong)choices.Below((int)ColdPages));
            bool isDone = _guest.Reserve(MemoryCommand.DecreaseReservation, frame) == 1;
            bool isExpected = _model.Content.ContainsKey(frame) && !_model.Free.Contains(frame) && _model.Leaving.Add(frame);
            _model.Recount();
            return ("give back", isDone, isExpected);
        }

        private (string, bool, bool) GetBack(StepChoices choices)
        {
            bool isDone = _guest.Reserve(MemoryCommand.PopulatePhysicalMap, (ulong)choices.Below(1000)) == 1;
            return ("get back", isDone, isDone ? _model.Free.Remove(_guest.Content(BootedGuest.Lists)[0]) : _model.Free.Count != 0);
        }

        private (string, bool, bool) Clear(StepChoices choices)
        {
            ulong frame = Target(choices);
            return ("clear", _guest.Extended(MmuCommand.ClearPage, frame) == 0, _model.TryFill(frame, null));
        }

        private (string, bool, bool) Copy(StepChoices choices)
        {
            ulong to = Target(choices), from = Target(choices);
            bool isExpected = _model.Content.ContainsKey(from) && !_model.Leaving.Contains(from) && !_model.Free.Contains(from);
            return ("copy", _guest.Extended(MmuCommand.CopyPage, to, from) == 0, isExpected && _model.TryFill(to, _model.Content[from].ToArray()));
        }

        // Sets an LDT anew on one of the windows and uses it at once, or only lets the old one go.
        private (string, bool, bool) Ldt(StepChoices choices)
        {
            ulong page = (ulong)choices.Below((int)HotPages);
            Assert.Equal(0, _guest.Extended(MmuCommand.SetLdt, BootedGuest.Linear(FirstWindow + page), choices.Percent(80) ? 512u : 0));
            _ = _model.TrySetRoots((("ldt", 0), 0, 0));
            XenError error;
            do
            {
                error = _guest.Types.Begin();
                error = error == XenError.None ? DescriptorPages.TryMapLdtPage(_guest.Vcpu, 0) : error;
            }
            while (error == XenError.Unfinished);
            bool isExpected = _guest.Vcpu.Descriptors.LdtEntries != 0 && _model.TrySetRoots((("ldt", 0), _guest.Frame(FirstHot + page), ModelMemory.Descriptors));
            return ("ldt page", error == XenError.None, isExpected);
        }

        // A pin that the guest does not go on with: then what is half done must be undone by whoever wants the frames.
        private (string, bool, bool) Abandon(StepChoices choices)
        {
            ulong frame = Target(choices);
            Assert.Equal(XenError.None, _guest.Types.Begin());
            int level = choices.Of(1, 2, 4);
            bool isPinned = _guest.Types.TryPin(new ClaimedFrame(frame), (FrameType)level) == XenError.None;
            if (isPinned)
            {
                Assert.True(!_model.Roots.ContainsKey(("pin", (int)frame)) && _model.TrySetRoots((("pin", (int)frame), frame, level)));
            }

            _guest.Host.Check();
            foreach (ulong other in _targets)
            {
                if (_guest.Host.Record(other).IsPartial)
                {
                    Assert.Equal(0, _guest.UpdateAt(other << 12, _guest.Host.Content(other)[0]));
                    _guest.Host.Check();
                }
            }

            return ("abandon", true, true);
        }

        private void Compare(bool isDone)
        {
            _guest.Host.Check();
            foreach (ulong frame in _watched)
            {
                ulong[] words = _model.Content[frame];
                ReadOnlySpan<ulong> real = _guest.Host.Content(frame);
                if (!real.SequenceEqual(words))
                {
                    Assert.True(!isDone && _model.MayHaveBecome(frame, real), $"the content of frame {frame:X} is not what was written");
                    real.CopyTo(words);
                }

                ModelMemory.Use use = _model.Of(frame);
                FrameRecord record = _guest.Host.Record(frame);
                if (_model.Free.Contains(frame))
                {
                    Assert.Equal(FrameType.Free, record.Type);
                    continue;
                }

                bool isSame = (int)record.Type == use.Type && (int)record.TypeCount == use.Count && (int)record.References == use.References
                    && record.IsPinned == _model.Roots.ContainsKey(("pin", (int)frame)) && record.IsLeaving == _model.Leaving.Contains(frame)
                    && record.LinearCount == use.LinearOut + use.LinearIn;
                if (!isSame)
                {
                    Assert.Fail($"frame {frame:X}: {record.Type} {record.TypeCount} {record.References} {record.LinearCount}, but the model has {use}");
                }
            }
        }

        private ulong Target(StepChoices choices) => choices.Percent(94) ? choices.Of(_targets) : choices.Of(_foreign);

        // An entry that steps may write: any of the targets, and those of the first tables that are not needed to reach the arguments.
        private (ulong Frame, int Index) Place(StepChoices choices) => choices.Below(20) switch
        {
            0 => (_guest.Frame(BootedGuest.Level4), choices.Of(256, 260, 271, 300, 301, 302)),
            1 => (_guest.Frame(BootedGuest.Level3), choices.Of(0, 1, 2)),
            2 or 3 => (_guest.Frame(BootedGuest.Level2), (int)HoleEntry + choices.Below(4)),
            4 => (_guest.Frame(BootedGuest.Level1), 200 + choices.Below(3)),
            _ => (Target(choices), Index(choices)),
        };

        private static int Index(StepChoices choices) => choices.Of(0, 1, 2, 255, 256, 260, 272, 510, 511);

        private ulong Value(StepChoices choices, ulong table)
        {
            if (choices.Percent(22))
            {
                return choices.Of<ulong>(0, 0x1000, Descriptor(choices));
            }

            // A guess at what would be a good entry there, so that trees of tables come to be.
            ulong target = choices.Below(20) switch
            {
                0 => choices.Of(_foreign),
                1 => _guest.Host.Own.Ram.SpecialFrame(0).Number,
                2 => table,
                3 => _guest.Frame((ulong)choices.Below(5)),
                _ => choices.Of(_targets),
            };
            ulong flags = choices.Percent(60) ? 5u : 7u;
            flags ^= choices.Percent(25) ? choices.Of<ulong>(1, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 1UL << 52, 1UL << 58, 1UL << 63) : 0;
            return (target << 12) | flags;
        }

        private static ulong Descriptor(StepChoices choices) =>
            choices.Of<ulong>(0x00AF_9A00_0000_FFFE, 0x00CF_F200_0000_FFFE, 0x0000_8900_0000_0066, 0x1234_EC00_0012_5678, 0x1234_EC00_E03A_5678, 0x0000_8E00_0010_0000, 0);
    }
}
