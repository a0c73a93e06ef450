using System;

namespace Multicosm.Management.Verbs;

/// <summary><c>host poweroff|reboot [-f]</c>: ends the hypervisor; asks first when domains live.</summary>
public sealed class HostVerb : Verb
{
    private bool _reboots;
    private byte _answer;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "host"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "poweroff|reboot [-f]"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "switch this PC off or reset it; -f does not ask"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          Domains that live are lost: it asks first.
          -f  does not ask.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "host poweroff"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Options => "f"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Choices => "poweroff reboot"u8;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Choice;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, 1, "poweroff or reboot"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        ReadOnlySpan<byte> what = parsed[0];
        _reboots = what.SequenceEqual("reboot"u8);
        if (!_reboots && !what.SequenceEqual("poweroff"u8))
        {
            return Refuse(context, "it takes poweroff or reboot"u8);
        }

        if (parsed.Has((byte)'f') || !context.Manager.IsAnyAlive())
        {
            return Act(context);
        }

        _answer = 0;
        context.Terminal.Write("domains are running and will be lost; "u8);
        context.Terminal.Write(_reboots ? "reboot"u8 : "power off"u8);
        context.Terminal.Write(" anyway? (y/n) "u8);
        return VerbStatus.Running;
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        while (context.Input.TryTake(out byte value))
        {
            if (value is (byte)'\r' or (byte)'\n')
            {
                context.Terminal.Write("\n"u8);
                if (_answer is (byte)'y' or (byte)'Y')
                {
                    return Act(context);
                }

                context.Terminal.WriteLine("not done"u8);
                return VerbStatus.Failed;
            }

            if (value is >= 0x20 and < 0x7F)
            {
                _answer = _answer == 0 ? value : _answer;
                context.Terminal.WriteRaw([value]);
            }
        }

        return VerbStatus.Running;
    }

    private VerbStatus Act(ShellContext context)
    {
        context.Terminal.WriteLine(_reboots ? "rebooting"u8 : "powering off"u8);
        context.Line.Flush();
        if (_reboots)
        {
            context.Power.Reboot();
        }
        else
        {
            context.Power.PowerOff();
        }

        context.Terminal.WriteLine("host: this PC does not do it; use its switch"u8);
        return VerbStatus.Failed;
    }
}
