using System;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>Names of errors on the wire.</summary>
internal static class StoreErrorNames
{
    /// <summary>The name that the guest gets.</summary>
    public static ReadOnlySpan<byte> Name(StoreError error) => error switch
    {
        StoreError.Access => "EACCES"u8,
        StoreError.Exists => "EEXIST"u8,
        StoreError.NoEntry => "ENOENT"u8,
        StoreError.NoSpace => "ENOSPC"u8,
        StoreError.NoSystem => "ENOSYS"u8,
        StoreError.Busy => "EBUSY"u8,
        StoreError.Again => "EAGAIN"u8,
        StoreError.TooBig => "E2BIG"u8,
        StoreError.NotPermitted => "EPERM"u8,
        _ => "EINVAL"u8,
    };
}
