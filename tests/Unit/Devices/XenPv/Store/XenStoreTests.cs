using System;
using System.Linq;
using System.Text;
using Multicosm.Devices.XenPv.Store;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices.XenPv.Store;

public sealed class XenStoreTests
{
    private readonly XenStore _store = new();
    private readonly StoreGuest _guest;
    private readonly StoreGuest _other;

    public XenStoreTests()
    {
        _guest = new StoreGuest(_store, 2, 3);
        _other = new StoreGuest(_store, 4, 5);
        Describe(3);
        Describe(5);
    }

    [Fact]
    public void A_domain_finds_what_it_needs_at_its_start()
    {
        Assert.Equal("guest3", _guest.Read("name"));
        Assert.Equal("guest3", _guest.Read("/local/domain/3/name"));
        Assert.Equal("3", _guest.Read("domid"));
        Assert.Equal("262144", _guest.Read("memory/target"));
        Assert.Equal("online", _guest.Read("cpu/1/availability"));
        Assert.Equal("1234", _guest.Read("console/ring-ref"));
        Assert.Equal("", _guest.Read("control/shutdown"));
        Assert.Equal("0\01\0", _guest.Ask(StoreRequest.Directory, 0, "cpu"));
        Assert.Equal("", _guest.Ask(StoreRequest.Directory, 0, "device"));
        Assert.Equal("/local/domain/3\0", _guest.Ask(StoreRequest.GetDomainPath, 0, "3"));
        Assert.Equal("T\0", _guest.Ask(StoreRequest.IsDomainIntroduced, 0, "5"));
        Assert.Equal("F\0", _guest.Ask(StoreRequest.IsDomainIntroduced, 0, "4"));
        Assert.Equal("3\05\0", _guest.Ask(StoreRequest.Directory, 0, "/local/domain"));
        Assert.Equal(2u, _guest.Page[2064]);
    }

    [Fact]
    public void What_is_written_is_read_and_removed()
    {
        Assert.Equal("OK\0", _guest.Write("data/a/b/c", "text \u0001\0 of any kind"));
        Assert.Equal("text \u0001\0 of any kind", _guest.Read("data/a/b/c"));
        Assert.Equal("", _guest.Read("data/a"));
        Assert.Equal("b\0", _guest.Ask(StoreRequest.Directory, 0, "data/a"));
        Assert.Equal("n3\0r0\0", _guest.Ask(StoreRequest.GetPermissions, 0, "data/a/b"));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.MakeDirectory, 0, "data/a/b/c"));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.MakeDirectory, 0, "data/d"));
        Assert.Equal("a\0d\0", _guest.Ask(StoreRequest.Directory, 0, "data"));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.Remove, 0, "data/a"));
        Assert.Equal("!ENOENT", _guest.Read("data/a/b/c"));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.Remove, 0, "data/a"));
        Assert.Equal("!ENOENT", _guest.Ask(StoreRequest.Remove, 0, "data/a/b"));
    }

    [Fact]
    public void A_domain_changes_its_own_alone()
    {
        Assert.Equal("!EACCES", _guest.Write("name", "boss"));
        Assert.Equal("!EACCES", _guest.Write("new", "x"));
        Assert.Equal("!EACCES", _guest.Ask(StoreRequest.Remove, 0, "device"));
        Assert.Equal("!EACCES", _guest.Ask(StoreRequest.Remove, 0, "/local/domain/3"));
        Assert.Equal("!EACCES", _guest.Ask(StoreRequest.Remove, 0, "/"));
        Assert.Equal("!EACCES", _guest.Read("/local/domain/5/name"));
        Assert.Equal("!EACCES", _guest.Read("/local/domain/5/nothing"));
        Assert.Equal("!EACCES", _guest.Write("/local/domain/5/data/x", "y"));
        Assert.Equal("!EACCES", _guest.Write("/local/domain/6/data", "y"));
        Assert.Equal("!EACCES", _guest.Ask(StoreRequest.SetPermissions, 0, "name", "b3"));
        Assert.Equal("!EACCES", _guest.Ask(StoreRequest.Introduce, 0, "3", "1", "1"));
        Assert.Equal("!ENOENT", _guest.Read("/vm"));
    }

    [Fact]
    public void Owners_share_their_nodes_but_stay_owners()
    {
        Assert.Equal("OK\0", _guest.Write("data/shared", "1"));
        Assert.Equal("!EACCES", _other.Read("/local/domain/3/data/shared"));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.SetPermissions, 0, "data/shared", "n3", "b5"));
        Assert.Equal("1", _other.Read("/local/domain/3/data/shared"));
        Assert.Equal("OK\0", _other.Write("/local/domain/3/data/shared", "2"));
        Assert.Equal("2", _guest.Read("data/shared"));
        Assert.Equal("n3\0b5\0", _other.Ask(StoreRequest.GetPermissions, 0, "/local/domain/3/data/shared"));
        Assert.Equal("!EACCES", _other.Ask(StoreRequest.SetPermissions, 0, "/local/domain/3/data/shared", "b5"));
        Assert.Equal("!EPERM", _guest.Ask(StoreRequest.SetPermissions, 0, "data/shared", "b5"));
        Assert.Equal("!EINVAL", _guest.Ask(StoreRequest.SetPermissions, 0, "data/shared", "x5"));
        Assert.Equal("!EINVAL", _guest.Ask(StoreRequest.SetPermissions, 0, "data/shared"));
        Assert.Equal("!EINVAL", _guest.Ask(StoreRequest.SetPermissions, 0, ["data/shared", .. Enumerable.Repeat("r5", 17)]));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.SetPermissions, 0, "data/shared", "r3"));
        Assert.Equal("!EACCES", _other.Write("/local/domain/3/data/shared", "3"));
        Assert.Equal("2", _other.Read("/local/domain/3/data/shared"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("data/")]
    [InlineData("data//x")]
    [InlineData("data/ x")]
    [InlineData("data/\u00E4")]
    [InlineData("@releaseDomain")]
    public void Paths_that_are_none_are_refused(string path) =>
        Assert.StartsWith("!E", _guest.Write(path, "x"), StringComparison.Ordinal);

    [Fact]
    public void Requests_that_are_none_are_refused()
    {
        Assert.Equal("!EINVAL", _guest.AskRaw(StoreRequest.Read, 0, "name"));
        Assert.Equal("!EINVAL", _guest.AskRaw(StoreRequest.Read, 0, "name\0x"));
        Assert.Equal("!EINVAL", _guest.AskRaw(StoreRequest.Read, 0, ""));
        Assert.Equal("!EINVAL", _guest.AskRaw(StoreRequest.Read, 0, new string('x', 2049) + "\0"));
        Assert.Equal("!ENOENT", _guest.AskRaw(StoreRequest.Read, 0, new string('x', 2048) + "\0"));
        Assert.Equal("!EINVAL", _guest.AskRaw(StoreRequest.Read, 0, "/" + new string('x', 3072) + "\0"));
        Assert.Equal("!EINVAL", _guest.Ask(StoreRequest.Watch, 0, "data"));
        Assert.Equal("!EINVAL", _guest.Ask(StoreRequest.GetDomainPath, 0, "3x"));
        Assert.Equal("!EINVAL", _guest.Ask(StoreRequest.DirectoryPart, 0, "data", "-1"));
        Assert.Equal("!ENOSYS", _guest.Ask((StoreRequest)25, 0, "x"));
        Assert.Equal("!ENOSYS", _guest.Ask((StoreRequest)0xFFFFFFFF, 0, "x"));
        Assert.Equal("!ENOENT", _guest.Read("name", 77));
        Assert.Equal("!ENOENT", _guest.End(0));
        Assert.Equal("!EINVAL", _guest.Ask(StoreRequest.TransactionEnd, _guest.Begin(), "X"));
        Assert.Equal("!ENOSPC", _guest.Write("data/big", new string('x', 2049)));
        Assert.Equal("OK\0", _guest.Write("data/big", new string('x', 2048)));
        Assert.Equal(2048, _guest.Read("data/big").Length);
    }

    [Fact]
    public void A_watch_tells_at_once_and_then_of_changes_below()
    {
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.Watch, 0, "control/shutdown", "token"));
        Assert.Equal(["control/shutdown|token"], _guest.TakeEvents());
        Assert.Equal("!EEXIST", _guest.Ask(StoreRequest.Watch, 0, "control/shutdown", "token"));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.Watch, 0, "/local/domain/3/data", "t2"));
        Assert.Equal(["/local/domain/3/data|t2"], _guest.TakeEvents());
        _guest.Write("data/x", "1");
        _guest.Write("database", "1");
        _guest.Read("data/x");
        Assert.Equal(["/local/domain/3/data/x|t2"], _guest.TakeEvents());
        int rings = _guest.Bell.Rings;
        Assert.True(_store.RequestShutdown(3, GuestPowerReason.Reboot));
        Assert.True(_guest.Bell.Rings > rings); // told at once
        Assert.Equal(["control/shutdown|token"], _guest.TakeEvents());
        Assert.Equal("reboot", _guest.Read("control/shutdown"));
        Assert.Equal("OK\0", _guest.Write("control/shutdown", ""));
        Assert.False(_store.RequestShutdown(5, GuestPowerReason.PowerOff));
        Assert.Equal("poweroff", _other.Read("control/shutdown"));
        Assert.False(_store.RequestShutdown(9, GuestPowerReason.PowerOff));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.Unwatch, 0, "control/shutdown", "token"));
        Assert.Equal("!ENOENT", _guest.Ask(StoreRequest.Unwatch, 0, "control/shutdown", "token"));
        _guest.TakeEvents();
        Assert.False(_store.RequestShutdown(3, GuestPowerReason.PowerOff));
        Assert.Empty(_guest.TakeEvents());
    }

    [Fact]
    public void Removals_are_told_to_watches_below()
    {
        _guest.Write("data/a/b", "1");
        _guest.Ask(StoreRequest.Watch, 0, "data/a/b/c", "deep");
        _guest.Ask(StoreRequest.Watch, 0, "@releaseDomain", "gone");
        _guest.TakeEvents();
        _guest.Ask(StoreRequest.Remove, 0, "data/a");
        Assert.Equal(["data/a/b/c|deep"], _guest.TakeEvents());
        _other.Connection.Close();
        Assert.Empty(_guest.TakeEvents()); // that is the manager's to know
    }

    [Fact]
    public void Nobody_learns_of_what_he_may_not_read()
    {
        _other.Ask(StoreRequest.Watch, 0, "/local/domain/3", "spy");
        Assert.Single(_other.TakeEvents());
        _guest.Write("data/secret", "1");
        Assert.Empty(_other.TakeEvents());
        _guest.Ask(StoreRequest.SetPermissions, 0, "data/secret", "n3", "r5");
        Assert.Equal(["/local/domain/3/data/secret|spy"], _other.TakeEvents());
    }

    [Fact]
    public void Tidings_that_find_no_room_are_told_by_the_watch_s_own_path()
    {
        _guest.Ask(StoreRequest.Watch, 0, "data", "t");
        _guest.TakeEvents();
        for (int i = 0; i < 400; i++)
        {
            Assert.Equal(StoreError.None, _store.Write(Encoding.ASCII.GetBytes($"/local/domain/3/data/n{i}"), "x"u8));
        }

        System.Collections.Generic.List<string> events = _guest.TakeEvents();
        Assert.Contains("data|t", events);
        Assert.InRange(events.Count, 100, 399);
        Assert.Equal(events.Count, events.Distinct().Count());
    }

    [Fact]
    public void A_transaction_is_seen_as_a_whole_or_not_at_all()
    {
        _other.Ask(StoreRequest.Watch, 0, "/local/domain/3/data", "t");
        _guest.Ask(StoreRequest.Watch, 0, "data", "t");
        _guest.TakeEvents();
        uint transaction = _guest.Begin();
        Assert.Equal("OK\0", _guest.Write("data/a", "1", transaction));
        Assert.Equal("OK\0", _guest.Write("data/b", "2", transaction));
        Assert.Equal("1", _guest.Read("data/a", transaction));
        Assert.Equal("!ENOENT", _guest.Read("data/a"));
        Assert.Equal("!EBUSY", _guest.Ask(StoreRequest.TransactionStart, transaction, ""));
        Assert.Empty(_guest.TakeEvents());
        Assert.Equal("OK\0", _guest.End(transaction));
        Assert.Equal(["data/a|t", "data/b|t"], _guest.TakeEvents());
        Assert.Equal("a\0b\0", _guest.Ask(StoreRequest.Directory, 0, "data"));
        transaction = _guest.Begin();
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.Remove, transaction, "data/a"));
        Assert.Equal("OK\0", _guest.End(transaction, isCommit: false));
        Assert.Equal("1", _guest.Read("data/a"));
        Assert.Equal("!ENOENT", _guest.End(transaction));
    }

    [Fact]
    public void A_transaction_that_others_came_into_is_refused_as_a_whole()
    {
        uint transaction = _guest.Begin();
        Assert.Equal("", _guest.Read("control/shutdown", transaction));
        _guest.Write("data/a", "1", transaction);
        _store.Write("/local/domain/3/control/shutdown"u8, "poweroff"u8);
        Assert.Equal("!EAGAIN", _guest.End(transaction));
        Assert.Equal("!ENOENT", _guest.Read("data/a"));
        transaction = _guest.Begin();
        _guest.Write("data/a", "1", transaction);
        _other.Write("data/x", "neighbours do not disturb");
        Assert.Equal("OK\0", _guest.End(transaction));
    }

    [Fact]
    public void A_domain_that_goes_takes_its_part_with_it_and_its_neighbours_transactions_end_well()
    {
        _other.Write("data/x", "1");
        _other.Ask(StoreRequest.SetPermissions, 0, "data/x", "b5");
        uint transaction = _guest.Begin();
        Assert.Equal("OK\0", _guest.Write("/local/domain/5/data/x", "2", transaction));
        _other.Connection.Close();
        Assert.Equal("!EACCES", _guest.Write("/local/domain/5/data/x", "3", transaction)); // the manager's now
        Assert.Equal("!EAGAIN", _guest.End(transaction));
        StoreGuest next = new(_store, 4, 6);
        Assert.Equal("!ENOENT", next.Read("data/x"));
        Assert.Equal("3\06\0", _guest.Ask(StoreRequest.Directory, 0, "/local/domain"));
    }

    [Fact]
    public void Nobody_can_use_up_another_s_room()
    {
        int nodes = 0;
        while (_guest.Write($"data/{nodes}", "x") == "OK\0")
        {
            nodes++;
        }

        Assert.InRange(nodes, 400, 512);
        Assert.Equal("!ENOSPC", _guest.Write("data/more", "x"));
        uint transaction = _guest.Begin();
        Assert.Equal("OK\0", _guest.Write("data/1", "y", transaction));
        uint second = _guest.Begin();
        Assert.Equal("!ENOSPC", _guest.Write("data/1", "z", second)); // no room for one more copy
        Assert.Equal("OK\0", _guest.End(transaction));
        Assert.Equal("OK\0", _other.Write("data/x", "1"));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.Remove, 0, "data"));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.ResetWatches, 0, ""));
    }

    [Fact]
    public void Watches_transactions_and_bytes_have_quotas()
    {
        for (int i = 0; i < 128; i++)
        {
            Assert.Equal("OK\0", _guest.Ask(StoreRequest.Watch, 0, "data", $"t{i}"));
        }

        Assert.Equal("!E2BIG", _guest.Ask(StoreRequest.Watch, 0, "data", "one more"));
        Assert.Equal(128, _guest.TakeEvents().Count);
        for (int i = 0; i < 10; i++)
        {
            _guest.Begin();
        }

        Assert.Equal("!ENOSPC", _guest.Ask(StoreRequest.TransactionStart, 0, ""));
        int values = 0;
        while (_guest.Write($"data/{values}", new string('x', 2048)) == "OK\0")
        {
            values++;
        }

        Assert.InRange(values, 10, 100);
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.ResetWatches, 0, ""));
        _guest.TakeEvents();
        _guest.Ask(StoreRequest.Remove, 0, "data/0");
        Assert.Empty(_guest.TakeEvents());
        Assert.NotEqual(0u, _guest.Begin());
    }

    [Fact]
    public void Deep_paths_are_made_copied_and_removed()
    {
        string deep = "data" + string.Concat(Enumerable.Repeat("/d", 400));
        uint transaction = _guest.Begin();
        Assert.Equal("OK\0", _guest.Write(deep, "end", transaction));
        Assert.Equal("OK\0", _guest.End(transaction));
        transaction = _guest.Begin();
        Assert.Equal("OK\0", _guest.Write(deep, "end 2", transaction));
        Assert.Equal("end", _guest.Read(deep));
        Assert.Equal("OK\0", _guest.End(transaction));
        Assert.Equal("end 2", _guest.Read(deep));
        Assert.Equal("OK\0", _guest.Ask(StoreRequest.Remove, 0, "data/d"));
        Assert.Equal("!ENOSPC", _guest.Write("data" + string.Concat(Enumerable.Repeat("/d", 600)), "x"));
        Assert.Equal("", _guest.Ask(StoreRequest.Directory, 0, "data"));
    }

    [Fact]
    public void Long_lists_come_in_parts()
    {
        string name = new('n', 100);
        for (int i = 0; i < 60; i++)
        {
            _guest.Write($"data/{name}{i:00}", "");
        }

        Assert.Equal("!E2BIG", _guest.Ask(StoreRequest.Directory, 0, "data"));
        string all = "";
        while (true)
        {
            string part = _guest.Ask(StoreRequest.DirectoryPart, 0, "data", $"{all.Length}");
            part = part[(part.IndexOf('\0') + 1)..];
            all += part;
            if (part.EndsWith("\0\0", StringComparison.Ordinal) || part == "\0")
            {
                break;
            }

            Assert.NotEqual("", part);
        }

        Assert.Equal(60 * 103, all.Length - 1);
    }

    [Theory]
    [InlineData(2052, 1025u, 2u)]
    [InlineData(2052, 0xFFFFFF00u, 2u)]
    public void Indices_that_no_ring_can_have_cut_the_guest_off(int index, uint ahead, uint error)
    {
        _guest.Page[index] += ahead;
        _guest.Connection.Service();
        Assert.True(_guest.Connection.IsBroken);
        Assert.Equal(error, _guest.Page[2072]);
        Assert.Equal("OK\0", _other.Write("data/x", "1"));
        _store.RequestShutdown(3, GuestPowerReason.PowerOff);
    }

    [Fact]
    public void Lengths_that_no_message_can_have_cut_the_guest_off()
    {
        _guest.Send([2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 16, 0, 0]);
        _guest.Connection.Service();
        Assert.True(_guest.Connection.IsBroken);
        Assert.Equal(3u, _guest.Page[2072]);
    }

    [Fact]
    public void Any_bytes_are_survived()
    {
        Random random = new(1);
        for (int round = 0; round < 300; round++)
        {
            StoreGuest guest = new(_store, 9, 11);
            byte[] noise = new byte[900];
            random.NextBytes(noise);
            for (int i = 0; i + 16 < noise.Length; i += 16 + noise[i + 12])
            {
                noise[i] = (byte)(noise[i] % 26);
                noise.AsSpan(i + 1, 3).Clear();
                noise.AsSpan(i + 8, 4).Clear();
                noise.AsSpan(i + 13, 3).Clear();
            }

            guest.Send(noise);
            guest.Connection.Service();
            guest.Page[2056] = guest.Page[2060];
            guest.Connection.Service();
            guest.Connection.Close();
        }

        Assert.Equal("guest3", _guest.Read("name"));
    }

    private void Describe(ushort domain)
    {
        StoreDomain description = new()
        {
            Number = domain,
            Name = Encoding.ASCII.GetBytes($"guest{domain}"),
            MemoryKilobytes = 262144,
            VcpuCount = 2,
            ConsoleFrame = 1234,
            ConsolePort = 2,
            StoreFrame = 1235,
            StorePort = 1,
        };
        Assert.Equal(StoreError.None, _store.Describe(in description));
    }
}
