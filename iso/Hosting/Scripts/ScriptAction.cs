namespace Multicosm.Hosting.Scripts;

/// <summary>What a step of a script does.</summary>
public enum ScriptAction
{
    /// <summary>Waits for bytes.</summary>
    Expect,

    /// <summary>Sends bytes.</summary>
    Send,

    /// <summary>Lets time pass.</summary>
    Wait,
}
