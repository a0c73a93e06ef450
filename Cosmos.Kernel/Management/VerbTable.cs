using System;
using Multicosm.Management.Verbs;

namespace Multicosm.Management;

/// <summary>The verbs, in the order in which <c>help</c> shows them.</summary>
public static class VerbTable
{
    /// <summary>Makes them: the arena must be open.</summary>
    public static Verb[] Make() =>
    [
        new ConsoleVerb(),
        new CrashVerb(),
        new CreateVerb(),
        new DestroyVerb(),
        new DmesgVerb(),
        new DumpVerb(),
        new ExamineVerb(),
        new ExitsVerb(),
        new HelpVerb(),
        new HostVerb(),
        new InfoVerb(),
        new JsonVerb(),
        new ListVerb(),
        new LogVerb(),
        new MemVerb(),
        new PauseVerb(),
        new RebootVerb(),
        new RenameVerb(),
        new SchedulerVerb(),
        new ShutdownVerb(),
        new TopVerb(),
        new TriggerVerb(),
        new UnpauseVerb(),
        new UptimeVerb(),
        new VcpuListVerb(),
    ];

    /// <summary>The verb called <paramref name="name"/>; null if there is none.</summary>
    public static Verb? Find(Verb[] verbs, ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < verbs.Length; i++)
        {
            if (verbs[i].Name.SequenceEqual(name))
            {
                return verbs[i];
            }
        }

        return null;
    }
}
