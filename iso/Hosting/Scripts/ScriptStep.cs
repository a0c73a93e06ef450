namespace Multicosm.Hosting.Scripts;

/// <summary>A step of a script.</summary>
/// <param name="Line">Its line in the script, from 1.</param>
/// <param name="Source">The line as written.</param>
/// <param name="Action">What it does.</param>
/// <param name="Bytes">What is expected or sent.</param>
/// <param name="Seconds">The limit of an expectation or the length of a wait.</param>
public sealed record ScriptStep(int Line, string Source, ScriptAction Action, byte[] Bytes, double Seconds);
