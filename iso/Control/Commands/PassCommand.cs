using System.Collections.Generic;
using System.Text.Json;

namespace Multicosm.Control.Commands;

/// <summary>A verb of the manager: its text is printed as it is, where it has none its data.</summary>
internal sealed class PassCommand(string verb, IReadOnlyList<string> arguments, bool json) : ControlCommand
{
    /// <inheritdoc/>
    public override int Run(ManagerLink link, ControlConsole console)
    {
        Reply reply = link.Request(verb, arguments);
        if (json)
        {
            console.WriteLine(reply.Line);
        }
        else
        {
            if (reply.Ok)
            {
                console.Output.Write(LatinText.Bytes(reply.RawText));
            }
            else
            {
                console.Errors.Write(LatinText.Decode(reply.RawText));
            }

            if (reply.RawText.Length == 0 && reply.Result.ValueKind != JsonValueKind.Undefined)
            {
                console.WriteLine(reply.Result.GetRawText());
            }
        }

        return reply.Ok ? ControlExit.Success : ControlExit.Refused;
    }
}
