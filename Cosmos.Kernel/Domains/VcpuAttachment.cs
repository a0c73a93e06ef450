using System.Runtime.CompilerServices;

namespace Multicosm.Domains;

/// <summary>Which vCPU this processor holds: attaching costs, so it is done only when another one is to run.</summary>
public sealed class VcpuAttachment
{
    private Vcpu? _current;

    /// <summary>Makes <paramref name="vcpu"/> the attached one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Use(Vcpu vcpu)
    {
        if (_current != vcpu)
        {
            Release();
            vcpu.Virtualization.Attach(vcpu.Backend);
            _current = vcpu;
        }
    }

    /// <summary>Detaches whichever is attached.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release()
    {
        if (_current is not null)
        {
            _current.Virtualization.Detach(_current.Backend);
            _current = null;
        }
    }
}
