namespace Multicosm.Management.Protocol;

/// <summary>Writes one reply: its beginning, the string that the verb's text goes into, and its end. A result may come between the last two.</summary>
internal sealed class ReplyWriter(HostTerminal terminal, JsonWriter writer)
{
    /// <summary>Encodes the text.</summary>
    public ReplyText Text { get; } = new(writer.Output);

    /// <summary>Starts the reply to <paramref name="request"/>; what is written to the terminal from now on is its text.</summary>
    public void Begin(Request request)
    {
        writer.Begin();
        writer.OpenObject();
        writer.Name("id"u8);
        if (request.HasTextId)
        {
            writer.Text(request.Id);
        }
        else
        {
            writer.Literal(request.Id.IsEmpty ? "null"u8 : request.Id);
        }

        writer.Name("text"u8);
        writer.OpenText();
        Text.Begin();
        terminal.Machine = Text;
    }

    /// <summary>Ends the text.</summary>
    public void EndText()
    {
        terminal.Machine = null;
        writer.CloseText();
    }

    /// <summary>Ends the reply; unless it <paramref name="succeeded"/>, the text's last line is the error.</summary>
    public void End(bool succeeded)
    {
        writer.Name("ok"u8);
        writer.Truth(succeeded);
        if (!succeeded)
        {
            writer.Member("error"u8, Text.LastLine);
        }

        writer.CloseObject();
        writer.Output.Write("\n"u8);
    }
}
