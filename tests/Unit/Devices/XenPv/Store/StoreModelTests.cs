using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck.Xunit;
using Multicosm.Devices.XenPv.Store;
using Xunit;

namespace Multicosm.Unit.Devices.XenPv.Store;

/// <summary>Random requests, in and out of transactions, against a dictionary of paths that is copied whole for each transaction.</summary>
public sealed class StoreModelTests
{
    private static readonly string[] s_paths = ["data/a", "data/b", "data/a/x", "data/a/y", "data/a/x/z", "data/b/c"];

    [Property(MaxTest = 200)]
    public void The_store_does_what_a_dictionary_does(byte[] steps)
    {
        XenStore store = new();
        StoreGuest guest = new(store, 1, 1);
        store.Write("/local/domain/1/data"u8, []);
        store.Grant("/local/domain/1/data"u8, 1, 0);
        int nodes = guest.Connection.Area.Strings.FreeBlocks;
        SortedDictionary<string, string> live = new(StringComparer.Ordinal) { ["data"] = "" };
        int version = 0;
        Dictionary<uint, (SortedDictionary<string, string> Tree, int Start, bool IsUsed, bool IsWritten)> transactions = [];
        for (int i = 0; i + 1 < steps.Length; i += 2)
        {
            string path = s_paths[steps[i] % s_paths.Length];
            uint id = steps[i] % 3 == 0 || transactions.Count == 0 ? 0 : transactions.Keys.ElementAt(steps[i] % transactions.Count);
            SortedDictionary<string, string> tree = id == 0 ? live : transactions[id].Tree;
            if (id != 0 && !transactions[id].IsUsed && steps[i + 1] % 8 < 5)
            {
                // It counts from its first look at the tree on, not from its start.
                tree = new SortedDictionary<string, string>(live, StringComparer.Ordinal);
                transactions[id] = (tree, version, true, false);
            }

            bool isWrite = steps[i + 1] % 8 < 2 || (steps[i + 1] % 8 == 2 && tree.ContainsKey(path));
            if (id != 0 && isWrite)
            {
                transactions[id] = transactions[id] with { IsWritten = true };
            }

            bool isDoomed = id != 0 && transactions[id].IsUsed && transactions[id].Start != version;
            switch (steps[i + 1] % 8)
            {
                case 0 or 1:
                    string value = $"v{i}";
                    Assert.Equal("OK\0", guest.Write(path, value, id));
                    for (string parent = path; !tree.ContainsKey(parent); parent = parent[..parent.LastIndexOf('/')])
                    {
                        tree[parent] = "";
                    }

                    tree[path] = value;
                    version += id == 0 ? 1 : 0;
                    break;
                case 2:
                    string removed = guest.Ask(StoreRequest.Remove, id, path);
                    if (isDoomed)
                    {
                        break; // what a transaction that cannot succeed sees is nobody's business
                    }

                    Assert.Equal(tree.ContainsKey(path) || tree.ContainsKey(path[..path.LastIndexOf('/')]) ? "OK\0" : "!ENOENT", removed);
                    version += id == 0 && tree.ContainsKey(path) ? 1 : 0;
                    foreach (string gone in tree.Keys.Where(key => key == path || key.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
                    {
                        tree.Remove(gone);
                    }

                    break;
                case 3 or 4:
                    string read = guest.Read(path, id);
                    Assert.True(isDoomed || read == (tree.TryGetValue(path, out string? text) ? text : "!ENOENT"));
                    break;
                case 5 or 6 when transactions.Count < 4:
                    transactions[guest.Begin()] = (tree, 0, false, false);
                    break;
                default:
                    if (id == 0)
                    {
                        break;
                    }

                    bool isCommit = steps[i + 1] % 16 >= 4;
                    Assert.Equal(isCommit && isDoomed ? "!EAGAIN" : "OK\0", guest.End(id, isCommit));
                    if (isCommit && !isDoomed && transactions[id].IsWritten)
                    {
                        live = tree;
                        version++;
                    }

                    transactions.Remove(id);
                    break;
            }
        }

        foreach (uint id in transactions.Keys)
        {
            guest.End(id, false);
        }

        foreach (string path in s_paths)
        {
            Assert.Equal(live.TryGetValue(path, out string? text) ? text : "!ENOENT", guest.Read(path));
        }

        guest.Ask(StoreRequest.Remove, 0, "data/a");
        guest.Ask(StoreRequest.Remove, 0, "data/b");
        Assert.Equal(nodes, guest.Connection.Area.Strings.FreeBlocks); // nothing is lost
    }
}
