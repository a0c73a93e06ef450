using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Multicosm.Devices.XenPv.Store;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices.XenPv.Store;

/// <summary>A guest that speaks with the store over its ring, as slowly as the ring makes it.</summary>
internal sealed class StoreGuest
{
    private const int ReqCons = 2048, ReqProd = 2052, RspCons = 2056, RspProd = 2060;

    private readonly List<byte> _received = [];
    private uint _lastRequest;

    internal StoreGuest(XenStore store, int slot, ushort domain)
    {
        Connection = new XenStoreConnection(store, slot, Page, Bell);
        Connection.Open(domain);
        Connection.Connect(new GuestPhysicalAddress(RingPage.Address));
    }

    internal XenStoreConnection Connection { get; }

    internal RingPage Page { get; } = new();

    internal RecordingDoorbell Bell { get; } = new();

    /// <summary>Watch events, as "path|token".</summary>
    internal List<string> Events { get; } = [];

    /// <summary>Sends a request of texts that end with a zero and gives the answer's texts; an error as "!ENOENT".</summary>
    internal string Ask(StoreRequest type, uint transaction, params string[] texts) => AskRaw(type, transaction, string.Concat(texts.Select(text => text + "\0")));

    internal string Write(string path, string value, uint transaction = 0) => AskRaw(StoreRequest.Write, transaction, path + "\0" + value);

    internal string Read(string path, uint transaction = 0) => Ask(StoreRequest.Read, transaction, path);

    internal uint Begin() => uint.Parse(Ask(StoreRequest.TransactionStart, 0, "").TrimEnd('\0'));

    internal string End(uint transaction, bool isCommit = true) => Ask(StoreRequest.TransactionEnd, transaction, isCommit ? "T" : "F");

    internal string AskRaw(StoreRequest type, uint transaction, string payload)
    {
        uint number = ++_lastRequest;
        byte[] text = Encoding.Latin1.GetBytes(payload);
        Send([.. BitConverter.GetBytes((uint)type), .. BitConverter.GetBytes(number), .. BitConverter.GetBytes(transaction), .. BitConverter.GetBytes(text.Length), .. text]);
        while (true)
        {
            (StoreRequest kind, uint answered, string answer) = NextMessage() ?? throw new InvalidOperationException("no answer");
            if (kind == StoreRequest.WatchEvent)
            {
                Events.Add(answer.TrimEnd('\0').Replace('\0', '|'));
                continue;
            }

            Assert.Equal(number, answered);
            Assert.True(kind == type || kind == StoreRequest.Error);
            return kind == StoreRequest.Error ? "!" + answer.TrimEnd('\0') : answer;
        }
    }

    /// <summary>Takes the events that wait.</summary>
    internal List<string> TakeEvents()
    {
        Connection.Service();
        while (NextMessage() is { } message)
        {
            Assert.Equal(StoreRequest.WatchEvent, message.Kind);
            Events.Add(message.Text.TrimEnd('\0').Replace('\0', '|'));
        }

        List<string> events = [.. Events];
        Events.Clear();
        return events;
    }

    internal void Send(byte[] bytes)
    {
        foreach (byte value in bytes)
        {
            if (Page[ReqProd] - Page[ReqCons] == 1024)
            {
                Connection.Service();
            }

            Page.Bytes[Page[ReqProd] % 1024] = value;
            Page[ReqProd]++;
        }
    }

    private (StoreRequest Kind, uint Number, string Text)? NextMessage()
    {
        for (int i = 0; i < 20; i++)
        {
            while (Page[RspCons] != Page[RspProd])
            {
                _received.Add(Page.Bytes[1024 + (Page[RspCons] % 1024)]);
                Page[RspCons]++;
            }

            byte[] bytes = [.. _received];
            if (bytes.Length >= 16 && bytes.Length >= 16 + BitConverter.ToInt32(bytes, 12))
            {
                int length = BitConverter.ToInt32(bytes, 12);
                _received.RemoveRange(0, 16 + length);
                return ((StoreRequest)BitConverter.ToUInt32(bytes, 0), BitConverter.ToUInt32(bytes, 4), Encoding.Latin1.GetString(bytes, 16, length));
            }

            Connection.Service();
        }

        return null;
    }
}
