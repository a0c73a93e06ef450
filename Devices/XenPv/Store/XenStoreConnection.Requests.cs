using System;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Multicosm.Devices.XenPv.Store;

/// <content>The requests. Each is one of texts that end with a zero; what is not so is refused.</content>
public sealed partial class XenStoreConnection
{
    private readonly byte[] _path = new byte[StorePath.BufferBytes];
    private uint _lastTransaction;

    private void Perform()
    {
        StoreRequest type = (StoreRequest)BinaryPrimitives.ReadUInt32LittleEndian(_request);
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(_request.AsSpan(4));
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(_request.AsSpan(8));
        ReadOnlySpan<byte> payload = _request.AsSpan(StoreReply.HeaderBytes, PayloadLength);
        _reply.Clear();
        StoreTransaction? transaction = FindTransaction(id);
        StoreError error = id != 0 && transaction is null ? StoreError.NoEntry : Perform(type, transaction, payload);
        if (error != StoreError.None)
        {
            _reply.Clear();
            _ = _reply.TryAddString(StoreErrorNames.Name(error)); // it is empty
        }

        _reply.Finish(error == StoreError.None ? type : StoreRequest.Error, number, id);
    }

    private StoreError Perform(StoreRequest type, StoreTransaction? transaction, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case StoreRequest.Watch or StoreRequest.Unwatch:
                return SetWatch(type, payload);
            case StoreRequest.TransactionStart:
                return StartTransaction(transaction);
            case StoreRequest.TransactionEnd:
                return EndTransaction(transaction, payload);
            case StoreRequest.GetDomainPath or StoreRequest.IsDomainIntroduced:
                return DescribeDomain(type, payload);
            case StoreRequest.ResetWatches:
                ResetWatches();
                return Done();
            case StoreRequest.Introduce or StoreRequest.Release or StoreRequest.Resume or StoreRequest.SetTarget or 0:
                return StoreError.Access;
            case StoreRequest.Directory or StoreRequest.Read or StoreRequest.GetPermissions or StoreRequest.Write
                or StoreRequest.MakeDirectory or StoreRequest.Remove or StoreRequest.SetPermissions or StoreRequest.DirectoryPart:
                return OnPath(type, transaction, payload);
            default:
                return StoreError.NoSystem;
        }
    }

    private StoreError OnPath(StoreRequest type, StoreTransaction? transaction, ReadOnlySpan<byte> payload)
    {
        if (!TryTake(ref payload, out ReadOnlySpan<byte> text) || !StorePath.TryMakeAbsolute(text, Domain, false, _path, out int length))
        {
            return StoreError.Invalid;
        }

        ReadOnlySpan<byte> path = _path.AsSpan(0, length);
        bool hasMore = type is StoreRequest.Write or StoreRequest.SetPermissions or StoreRequest.DirectoryPart;
        if (!hasMore && !payload.IsEmpty)
        {
            return StoreError.Invalid;
        }

        switch (type)
        {
            case StoreRequest.Write:
                return Done(_store.Write(Domain, transaction, path, payload));
            case StoreRequest.MakeDirectory:
                return Done(_store.MakeDirectory(Domain, transaction, path));
            case StoreRequest.Remove:
                return Done(_store.Remove(Domain, transaction, path));
            case StoreRequest.SetPermissions:
                return SetPermissions(transaction, path, payload);
            default:
                StoreError error = _store.Open(Domain, transaction, path, StorePermissions.Read, out StorePlace place);
                return error == StoreError.None ? Show(type, place, path, payload) : error;
        }
    }

    private StoreError Show(StoreRequest type, StorePlace place, ReadOnlySpan<byte> path, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case StoreRequest.Read:
                _reply.PayloadLength = place.Area.Strings.CopyTo(place.Area[place.Node].Value, _reply.Payload);
                return StoreError.None;
            case StoreRequest.Directory:
                return List(place, path, 0, out _);
            case StoreRequest.DirectoryPart:
                return ListPart(place, path, payload);
            default:
                ShowPermissions(place);
                return StoreError.None;
        }
    }

    // Names from byte number start of the list on; isWhole is false if the end does not fit: all or nothing, unless a part is asked for.
    private StoreError List(StorePlace place, ReadOnlySpan<byte> path, ulong start, out bool isWhole)
    {
        Span<byte> name = stackalloc byte[StorePath.MaximumAbsolute];
        ulong position = 0;
        isWhole = true;
        for (ushort child = place.Area[place.Node].FirstChild; child != 0; child = place.Area[child].NextSibling)
        {
            int length = place.Area.Strings.CopyTo(place.Area[child].Name, name);
            name[length] = 0;
            isWhole = isWhole && (position < start || _reply.TryAdd(name[..(length + 1)]));
            position += (ulong)(length + 1);
        }

        if (path.SequenceEqual("/local/domain"u8))
        {
            int domains = 0;
            _store.ListDomains(name, ref domains);
            isWhole = isWhole && (position < start || _reply.TryAdd(name[..domains]));
            position += (ulong)domains;
        }

        isWhole &= start <= position;
        return isWhole ? StoreError.None : StoreError.TooBig;
    }

    // Answer: the node's stamp, names that fit, and an empty name if they are the last.
    private StoreError ListPart(StorePlace place, ReadOnlySpan<byte> path, ReadOnlySpan<byte> payload)
    {
        if (!TryTake(ref payload, out ReadOnlySpan<byte> number) || !payload.IsEmpty
            || !Utf8Parser.TryParse(number, out uint start, out int digits) || digits != number.Length)
        {
            return StoreError.Invalid;
        }

        _reply.AddNumber(place.Area[place.Node].Stamp);
        _ = List(place, path, start, out bool isWhole); // what fits is enough
        if (isWhole)
        {
            _ = _reply.TryAdd("\0"u8); // if it does not fit, the next part is empty, and ends so
        }

        return StoreError.None;
    }

    private void ShowPermissions(StorePlace place)
    {
        Span<byte> list = stackalloc byte[StorePermissions.MaximumBytes];
        int length = place.Area.Strings.CopyTo(place.Area[place.Node].Permissions, list);
        for (int i = 0; i < length; i += StorePermissions.EntryBytes)
        {
            _reply.Payload[_reply.PayloadLength++] = StorePermissions.Letter(list[i + 2]);
            _reply.AddNumber(StorePermissions.Domain(list[i..]));
        }
    }

    // Entries as "r3", the owner's first.
    private StoreError SetPermissions(StoreTransaction? transaction, ReadOnlySpan<byte> path, ReadOnlySpan<byte> payload)
    {
        Span<byte> list = stackalloc byte[StorePermissions.MaximumBytes];
        int length = 0;
        while (!payload.IsEmpty)
        {
            bool isEntry = TryTake(ref payload, out ReadOnlySpan<byte> text) && text.Length >= 2 && length < list.Length;
            if (!isEntry || !StorePermissions.TryRights(text[0], out byte rights) || !TryDomain(text[1..], out ushort domain))
            {
                return StoreError.Invalid;
            }

            StorePermissions.Put(list[length..], domain, rights);
            length += StorePermissions.EntryBytes;
        }

        return length == 0 ? StoreError.Invalid : Done(_store.SetPermissions(Domain, transaction, path, list[..length]));
    }

    private StoreError SetWatch(StoreRequest type, ReadOnlySpan<byte> payload)
    {
        if (!TryTake(ref payload, out ReadOnlySpan<byte> text) || !TryTake(ref payload, out ReadOnlySpan<byte> token) || !payload.IsEmpty
            || !StorePath.TryMakeAbsolute(text, Domain, true, _path, out int length))
        {
            return StoreError.Invalid;
        }

        ReadOnlySpan<byte> path = _path.AsSpan(0, length);
        return Done(type == StoreRequest.Watch ? _watches.Add(path, token, StorePath.IsRelative(text)) : _watches.Remove(path, token));
    }

    private StoreError DescribeDomain(StoreRequest type, ReadOnlySpan<byte> payload)
    {
        if (!TryTake(ref payload, out ReadOnlySpan<byte> text) || !payload.IsEmpty || !TryDomain(text, out ushort domain))
        {
            return StoreError.Invalid;
        }

        if (type == StoreRequest.IsDomainIntroduced)
        {
            bool isKnown = domain is 0 or 0x7FF0 || _store.Connection(domain) is not null;
            _ = _reply.TryAddString(isKnown ? "T"u8 : "F"u8); // it is empty
            return StoreError.None;
        }

        Span<byte> path = stackalloc byte[32];
        _ = _reply.TryAddString(path[..StorePath.WriteOwn(domain, path)]);
        return StoreError.None;
    }

    private StoreError StartTransaction(StoreTransaction? current)
    {
        if (current is not null)
        {
            return StoreError.Busy;
        }

        foreach (StoreTransaction transaction in _transactions)
        {
            if (transaction.Id == 0)
            {
                _lastTransaction = _lastTransaction == uint.MaxValue ? 1 : _lastTransaction + 1;
                transaction.Begin(_lastTransaction);
                _reply.AddNumber(_lastTransaction);
                return StoreError.None;
            }
        }

        return StoreError.NoSpace;
    }

    private StoreError EndTransaction(StoreTransaction? transaction, ReadOnlySpan<byte> payload)
    {
        bool isCommit = payload.SequenceEqual("T\0"u8);
        if (transaction is null)
        {
            return StoreError.NoEntry;
        }

        if (!isCommit && !payload.SequenceEqual("F\0"u8))
        {
            return StoreError.Invalid;
        }

        StoreError error = isCommit ? _store.Commit(transaction) : StoreError.None;
        transaction.End();
        return Done(error);
    }

    private void ResetWatches()
    {
        _watches.Clear();
        foreach (StoreTransaction transaction in _transactions)
        {
            transaction.End();
        }
    }

    private StoreTransaction? FindTransaction(uint id)
    {
        foreach (StoreTransaction transaction in _transactions)
        {
            if (id != 0 && transaction.Id == id)
            {
                return transaction;
            }
        }

        return null;
    }

    // Requests without an answer of their own are answered "OK".
    private StoreError Done(StoreError error = StoreError.None)
    {
        if (error == StoreError.None)
        {
            _ = _reply.TryAddString("OK"u8); // it is empty
        }

        return error;
    }

    private static bool TryDomain(ReadOnlySpan<byte> text, out ushort domain) =>
        Utf8Parser.TryParse(text, out domain, out int digits) && digits == text.Length;

    private static bool TryTake(ref ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> text)
    {
        int end = payload.IndexOf((byte)0);
        text = end < 0 ? [] : payload[..end];
        payload = end < 0 ? payload : payload[(end + 1)..];
        return end >= 0;
    }
}
