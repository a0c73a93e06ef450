namespace Multicosm.Paravirt.Grants;

/// <summary>A page that is in use: granted, or the user's own. <see cref="Close"/> ends it.</summary>
internal unsafe ref struct GrantedPage
{
    private GrantPages? _pages;
    private PvDomain _domain;
    private ulong _frame;
    private uint _reference;
    private bool _isWrite;
    private bool _isGranted;

    /// <summary>Where it lies.</summary>
    public byte* Page { get; private set; }

    /// <summary>Begins to use what <paramref name="granter"/> grants <paramref name="user"/> by <paramref name="reference"/>.</summary>
    public GrantStatus Open(GrantPages pages, PvDomain granter, ushort user, uint reference, bool isWrite)
    {
        GrantStatus status = granter.Grants.TryBegin(user, reference, isWrite, out ulong frame);
        if (status != GrantStatus.Okay)
        {
            return status;
        }

        status = OpenOwn(pages, granter, frame, isWrite);
        if (status != GrantStatus.Okay)
        {
            granter.Grants.End(reference, isWrite);
            return status;
        }

        _reference = reference;
        _isGranted = true;
        return GrantStatus.Okay;
    }

    /// <summary>Begins to use <paramref name="owner"/>'s own frame <paramref name="frame"/>: <see cref="GrantStatus.BadPage"/>.</summary>
    public GrantStatus OpenOwn(GrantPages pages, PvDomain owner, ulong frame, bool isWrite)
    {
        if (!pages.TryTake(owner, frame, isWrite, out byte* page))
        {
            return GrantStatus.BadPage;
        }

        _pages = pages;
        _domain = owner;
        _frame = frame;
        _isWrite = isWrite;
        Page = page;
        return GrantStatus.Okay;
    }

    /// <summary>Ends the use; nothing if it never began.</summary>
    public void Close()
    {
        if (_pages is null)
        {
            return;
        }

        _pages.Put(_domain, _frame, _isWrite);
        _pages = null;
        if (_isGranted)
        {
            _domain.Grants.End(_reference, _isWrite);
        }
    }
}
