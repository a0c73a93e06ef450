namespace Multicosm.Management;

/// <summary>How far a verb is.</summary>
public enum VerbStatus : byte
{
    /// <summary>Finished: the prompt comes next.</summary>
    Done,

    /// <summary>Goes on: <see cref="Verb.Continue"/> is called until it is done.</summary>
    Running,

    /// <summary>The operator looks at a console now; the prompt comes when that ends.</summary>
    Attached,

    /// <summary>Finished without having done what was asked, which it has said: the prompt comes next.</summary>
    Failed,
}
