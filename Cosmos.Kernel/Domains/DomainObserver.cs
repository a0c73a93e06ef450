namespace Multicosm.Domains;

/// <summary>Is told what becomes of domains, outside any containment frame and with the domain already in its new state.</summary>
public abstract class DomainObserver
{
    /// <summary>The domain has entered another state than before; coming and going between running and blocked is not told. Called before the others.</summary>
    public virtual void OnStateChanged(Domain domain)
    {
    }

    /// <summary>The domain runs for the first time since it was created or restarted.</summary>
    public abstract void OnStarted(Domain domain);

    /// <summary>The domain cannot start; <see cref="Domain.Reason"/> says why. <see cref="OnEnded"/> follows when its memory is free again.</summary>
    public abstract void OnStartFailed(Domain domain);

    /// <summary>The domain crashed: its vCPU's crash record says how. What <c>on_crash</c> asks for follows.</summary>
    public abstract void OnCrashed(Domain domain);

    /// <summary>The domain went away and is being built again, after <see cref="Domain.NotBeforeTicks"/> if it restarts too fast.</summary>
    public abstract void OnRestarting(Domain domain);

    /// <summary>The domain owns nothing any more, or is preserved as it ended; <see cref="Domain.Reason"/> says why.</summary>
    public abstract void OnEnded(Domain domain);
}
