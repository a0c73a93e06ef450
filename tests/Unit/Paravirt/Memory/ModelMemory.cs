using System;
using System.Collections.Generic;
using System.Linq;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>
/// What a PV domain's memory must be, said simply: the content of its frames and the roots (pins, base tables, descriptor tables). What each
/// frame is used for follows from these and is counted from scratch after every change. Knows nothing of budgets, records and partial tables.
/// </summary>
internal sealed class ModelMemory(ulong[] hypervisorSlots)
{
    public const int Descriptors = 5, Data = 6;

    private const ulong AddressMask = 0x000F_FFFF_FFFF_F000;

    /// <summary>Frames of the domain that the test looks at, with what they hold.</summary>
    public Dictionary<ulong, ulong[]> Content { get; } = [];

    /// <summary>Uses that no entry makes: what it is, the frame, its type.</summary>
    public Dictionary<(string Root, int Index), (ulong Frame, int Type)> Roots { get; } = [];

    public HashSet<ulong> Leaving { get; } = [];

    public HashSet<ulong> Free { get; } = [];

    /// <summary>Counted from scratch: see <see cref="Recount"/>.</summary>
    public Dictionary<ulong, Use> Uses { get; private set; } = [];

    // Entries above level 1 that show a table of their own level. Which they are was decided when they were written.
    private HashSet<(ulong Table, int Index)> Linear { get; set; } = [];

    public sealed record Use(int Type, int Count, int References, int LinearOut, int LinearIn, bool IsBusy);

    public Use Of(ulong frame) => Uses.GetValueOrDefault(frame, s_unused);

    private static readonly Use s_unused = new(0, 0, 0, 0, 0, false);

    /// <summary>Changes a root: the new frame (0 for none) is taken before the old one is let go. All roots of one call change, or none.</summary>
    public bool TrySetRoots(params ((string Root, int Index) Key, ulong Frame, int Type)[] roots)
    {
        Trial trial = new(this);
        if (roots.Any(root => root.Frame != 0 && !trial.TryTake(root.Frame, root.Type)))
        {
            return false;
        }

        foreach (((string Root, int Index) key, ulong frame, int type) in roots)
        {
            _ = Roots.Remove(key);
            if (frame != 0)
            {
                Roots[key] = (frame, type);
            }
        }

        Recount(trial.Linear);
        return true;
    }

    /// <summary>Could the frame be used so now?</summary>
    public bool CanTake(ulong frame, int type) => new Trial(this).TryTake(frame, type);

    public bool TryWrite(ulong frame, int index, ulong value, bool preserve, bool onlyLevel1 = false)
    {
        Use use = Of(frame);
        if (!Content.TryGetValue(frame, out ulong[]? words) || Free.Contains(frame) || (onlyLevel1 && use is not { Type: 1, Count: > 0 }))
        {
            return false;
        }

        if (use.Type is < 1 or > 4)
        {
            bool isAllowed = CanTake(frame, Data);
            words[index] = isAllowed ? value : words[index];
            return isAllowed;
        }

        if (use.Type == 4 && index is >= 256 and < 272)
        {
            return false;
        }

        ulong kept = preserve ? words[index] & 0x60 : 0;
        if ((value & 1) != 0 && ((value ^ words[index]) & (AddressMask | 3)) == 0)
        {
            bool isAllowed = (value & Forbidden(use.Type)) == 0;
            words[index] = isAllowed ? Stored(use.Type, value) | kept : words[index];
            return isAllowed;
        }

        Trial trial = new(this);
        if (!trial.TryEntry(frame, use.Type, index, value))
        {
            return false;
        }

        words[index] = Stored(use.Type, value) | kept;
        _ = Linear.Remove((frame, index));
        Recount(trial.Linear);
        return true;
    }

    public bool TryFill(ulong frame, ulong[]? source)
    {
        bool isAllowed = CanTake(frame, Data);
        if (isAllowed)
        {
            (source ?? new ulong[512]).CopyTo(Content[frame], 0);
        }

        return isAllowed;
    }

    public bool TryWriteDescriptor(ulong frame, int index, ulong value)
    {
        ulong? safe = Safe(value);
        bool isAllowed = safe is not null && (Of(frame) is { Type: Descriptors } ? !Leaving.Contains(frame) : CanTake(frame, Data));
        if (isAllowed)
        {
            Content[frame][index] = safe!.Value;
        }

        return isAllowed;
    }

    /// <summary>True if the content may have become <paramref name="real"/> by a call that failed: what was looked at first is stored as if it were good.</summary>
    public bool MayHaveBecome(ulong frame, ReadOnlySpan<ulong> real)
    {
        ulong[] words = Content[frame];
        for (int i = 0; i < 512; i++)
        {
            ulong value = words[i];
            bool isStored = real[i] == value || real[i] == Safe(value) || real[i] == Stored(1, value) || real[i] == Stored(2, value) || real[i] == Stored(4, value);
            if (!isStored || (real[i] != value && Of(frame).Count != 0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Counts all uses from the roots on; new tables get the form in which they are stored, old ones lose the hypervisor's entries.</summary>
    public void Recount(IEnumerable<(ulong Table, int Index)>? moreLinear = null)
    {
        Linear.UnionWith(moreLinear ?? []);
        Dictionary<ulong, Use> before = Uses;
        Uses = [];
        HashSet<(ulong, int)> used = [];
        foreach ((ulong frame, int type) in Roots.Values)
        {
            Count(frame, type, used);
        }

        Linear = used;
        foreach ((ulong frame, ulong[] words) in Content)
        {
            int old = before.GetValueOrDefault(frame, s_unused).Type, now = Of(frame).Type;
            if (old == 4 && now != 4)
            {
                Array.Clear(words, 256, 16);
            }

            for (int i = 0; now != old && now is >= 1 and <= Descriptors && i < 512; i++)
            {
                words[i] = now == 4 && i is >= 256 and < 272 ? hypervisorSlots[i - 256] : now == Descriptors ? Safe(words[i])!.Value : Stored(now, words[i]);
            }
        }

        foreach (ulong frame in Leaving.Where(frame => Of(frame) is { Count: 0, References: 0 }).ToArray())
        {
            _ = Leaving.Remove(frame);
            _ = Free.Add(frame);
        }
    }

    public static ulong? Safe(ulong descriptor)
    {
        uint low = (uint)descriptor, high = (uint)(descriptor >> 32);
        int selector = (int)(low >> 16);
        return (high & 0x8000) == 0 ? descriptor
            : (high & 0x1000) != 0 ? descriptor | (0x6000UL << 32)
            : (high & 0xF00) == 0 ? descriptor
            : (high & 0xF00) == 0xC00 && (high & 0xFF) == 0 && ((selector & 4) != 0 || selector < 0xE000 || (selector & ~3) is 0xE020 or 0xE028 or 0xE030)
                ? descriptor & ~(0x6000UL << 32)
            : null;
    }

    private static ulong Forbidden(int level) => level == 1 ? 0x098u : 0x198u;

    private static ulong Stored(int level, ulong entry) =>
        (entry & 1) == 0 ? entry
        : level == 1 ? ((entry & 4) == 0 ? entry | 4 | (1UL << 52) : entry) & ~0x100UL
        : level == 4 ? entry | 0x24
        : entry | 4;

    private void Count(ulong frame, int type, HashSet<(ulong, int)> used)
    {
        Use use = Of(frame);
        if (use.Count != 0 && use.Type != type)
        {
            throw new InvalidOperationException("the model contradicts itself");
        }

        Uses[frame] = use with { Type = type, Count = use.Count + 1 };
        if (use.Count != 0 || type > 4 || !Content.TryGetValue(frame, out ulong[]? words))
        {
            return;
        }

        for (int i = 0; i < 512; i++)
        {
            ulong target = (words[i] & AddressMask) >> 12;
            bool isOurs = type == 4 && i is >= 256 and < 272;
            if ((words[i] & 1) == 0 || isOurs)
            {
                continue;
            }

            if (type == 1 && (words[i] & 2) == 0)
            {
                Uses[target] = Of(target) with { References = Of(target).References + 1 };
            }
            else if (type == 1)
            {
                Count(target, Data, used);
            }
            else if (Linear.Contains((frame, i)))
            {
                _ = used.Add((frame, i));
                if (target != frame)
                {
                    Count(target, type, used);
                    Uses[frame] = Of(frame) with { LinearOut = Of(frame).LinearOut + 1 };
                    Uses[target] = Of(target) with { LinearIn = Of(target).LinearIn + 1 };
                }
            }
            else
            {
                Count(target, type - 1, used);
            }
        }
    }

    // Tries uses one after the other on a copy: what fails leaves no trace.
    private sealed class Trial(ModelMemory model)
    {
        private readonly Dictionary<ulong, Use> _uses = new(model.Uses);

        public List<(ulong Table, int Index)> Linear { get; } = [];

        public bool TryTake(ulong frame, int type)
        {
            Use use = Of(frame);
            if (!CanBegin(frame) || use.IsBusy || (use.Count != 0 && use.Type != type))
            {
                return false;
            }

            if (use.Count == 0 && type == Descriptors && model.Content[frame].Any(word => Safe(word) is null))
            {
                return false;
            }

            if (use.Count == 0 && type <= 4)
            {
                _uses[frame] = use with { Type = type, IsBusy = true };
                for (int i = 0; i < 512; i++)
                {
                    bool isOurs = type == 4 && i is >= 256 and < 272;
                    if (!isOurs && !TryEntry(frame, type, i, model.Content[frame][i]))
                    {
                        return false;
                    }
                }
            }

            _uses[frame] = Of(frame) with { Type = type, Count = use.Count + 1, IsBusy = false };
            return true;
        }

        public bool TryEntry(ulong table, int level, int index, ulong value)
        {
            ulong target = (value & AddressMask) >> 12;
            if ((value & 1) == 0)
            {
                return true;
            }

            if ((value & Forbidden(level)) != 0 || !model.Content.ContainsKey(target))
            {
                return false;
            }

            bool isWritable = (value & 2) != 0;
            if (level == 1 && !isWritable)
            {
                _uses[target] = Of(target) with { References = Of(target).References + 1 };
                return CanBegin(target);
            }

            bool isShown = level > 1 && Of(target).Type == level;
            return isShown ? !isWritable && TryShow(table, target, index) : TryTake(target, level == 1 ? Data : level - 1);
        }

        private bool TryShow(ulong table, ulong target, int index)
        {
            Linear.Add((table, index));
            if (table == target)
            {
                return true;
            }

            if (!CanBegin(target) || Of(target).IsBusy || Of(target).LinearOut != 0 || Of(table).LinearIn != 0)
            {
                return false;
            }

            _uses[table] = Of(table) with { LinearOut = Of(table).LinearOut + 1 };
            _uses[target] = Of(target) with { LinearIn = Of(target).LinearIn + 1, Count = Of(target).Count + 1 };
            return true;
        }

        private bool CanBegin(ulong frame) => model.Content.ContainsKey(frame) && !model.Leaving.Contains(frame) && !model.Free.Contains(frame);

        private Use Of(ulong frame) => _uses.GetValueOrDefault(frame, s_unused);
    }
}
