namespace Multicosm.Management.Protocol;

/// <summary>Sends the events that wait, and the operator's notices as events, when no reply is under way.</summary>
internal sealed class EventSender(HostTerminal terminal, Notices notices, EventBuffer events, JsonWriter writer, ReplyText encoder)
{
    private const int NoticeRoom = 1024; // more than Notices wants for a part
    private const int MostQueued = 128; // so that it is not too much for Notices behind the event's beginning

    /// <summary>Sends what there is room for; true if nothing waits any more.</summary>
    public bool TrySend()
    {
        while (!events.IsEmpty && terminal.Room > events.First.Length)
        {
            writer.Output.Write(events.First);
            events.RemoveFirst();
        }

        if (!events.IsEmpty)
        {
            return false;
        }

        ulong dropped = events.TakeDropped();
        if (dropped > 0)
        {
            events.Begin("dropped"u8).Member("count"u8, dropped);
            events.End();
            return false;
        }

        return !notices.IsAnyPending || TrySendNotice();
    }

    // A part of the notices a time: they are text already, and only pass through the reply's encoder.
    private bool TrySendNotice()
    {
        if (terminal.Queued > MostQueued || terminal.Room < (NoticeRoom * JsonEscape.WorstExpansion) + ReplyText.Reserve)
        {
            return false;
        }

        writer.Begin();
        writer.OpenObject();
        writer.Member("event"u8, "notice"u8);
        writer.Name("text"u8);
        writer.OpenText();
        terminal.Machine = encoder;
        bool done = notices.TryFlush(terminal);
        terminal.Machine = null;
        writer.CloseText();
        writer.CloseObject();
        writer.Output.Write("\n"u8);
        return done;
    }
}
