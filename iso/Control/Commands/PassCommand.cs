using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;

namespace Multicosm.Control.Commands;

/// <summary>A verb of the manager: its text is printed as it is, where it has none its data.</summary>
internal sealed class PassCommand(string verb, IReadOnlyList<string> arguments, bool json) : ControlCommand
{
    /// <inheritdoc/>
    public override int Run(ManagerLink link)
    {
        Reply reply = link.Request(verb, arguments);
        if (json)
        {
            Console.Out.WriteLine(reply.Line);
        }
        else
        {
            using Stream output = reply.Ok ? Console.OpenStandardOutput() : Console.OpenStandardError();
            output.Write(LatinText.Bytes(reply.RawText));
            if (reply.RawText.Length == 0 && reply.Result.ValueKind != JsonValueKind.Undefined)
            {
                Console.Out.WriteLine(LatinText.Decode(reply.Result.GetRawText()));
            }
        }

        return reply.Ok ? ControlExit.Success : ControlExit.Refused;
    }
}
