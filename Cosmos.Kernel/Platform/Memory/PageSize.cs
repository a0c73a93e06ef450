namespace Multicosm.Platform.Memory;

/// <summary>Sizes of pages and of the runs of frames behind them.</summary>
public enum PageSize : byte
{
    /// <summary>4 KiB.</summary>
    Size4K,

    /// <summary>2 MiB.</summary>
    Size2M,

    /// <summary>1 GiB.</summary>
    Size1G,
}
