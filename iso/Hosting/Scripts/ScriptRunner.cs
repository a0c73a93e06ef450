using System;
using System.Collections.Generic;
using System.Threading;
using Multicosm.Hosting.Serial;

namespace Multicosm.Hosting.Scripts;

/// <summary>Plays a script over a serial line.</summary>
public static class ScriptRunner
{
    /// <summary>Plays all steps; the one whose expectation was missed, or null if all were met.</summary>
    public static ScriptStep? Play(IReadOnlyList<ScriptStep> steps, SerialLink line, CancellationToken cancellation)
    {
        foreach (ScriptStep step in steps)
        {
            switch (step.Action)
            {
                case ScriptAction.Send:
                    line.Send(step.Bytes, cancellation);
                    break;
                case ScriptAction.Wait:
                    _ = cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(step.Seconds)); // cancelled or not is asked next
                    cancellation.ThrowIfCancellationRequested();
                    break;
                default:
                    if (!line.Transcript.Expect(step.Bytes, TimeSpan.FromSeconds(step.Seconds), cancellation))
                    {
                        return step;
                    }

                    break;
            }
        }

        return null;
    }
}
