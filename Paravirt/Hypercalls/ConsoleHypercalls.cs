using System;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>console_io: the text that a kernel prints before it has a console of its own. It goes to the domain's console. Takes no lock.</summary>
/// <source>Xen headers "xen.h"</source>
internal static class ConsoleHypercalls
{
    private const uint Write = 0;
    private const uint Read = 1;
    private const int PieceBytes = 64;
    private const uint LongestWrite = 64 * 1024;

    /// <summary>Writes text (0); there is never anything to read (1). Unfinished while whoever looks at the console cannot follow.</summary>
    public static long ConsoleIo(PvVcpu caller, uint command, ref ulong count, ref ulong address)
    {
        if (command != Write)
        {
            return command == Read ? 0 : -(long)XenError.NoSystemCall;
        }

        if (count > LongestWrite)
        {
            return -(long)XenError.Invalid;
        }

        Span<byte> piece = stackalloc byte[PieceBytes];
        CharSink sink = caller.Domain.Text!;
        while (count != 0)
        {
            int length = (int)Math.Min(PieceBytes, count);
            if (!GuestSpace.TryCopyIn(caller, address, piece[..length]))
            {
                return -(long)XenError.Fault;
            }

            for (int i = 0; i < length; i++)
            {
                if (!TryPrint(sink, piece[i]))
                {
                    caller.Exit.Kind = VcpuExitKind.Yield; // the rest is asked for again
                    return -(long)XenError.Unfinished;
                }

                address++;
                count--;
            }
        }

        return 0;
    }

    // What is no text is shown as a point: a kernel in trouble may print anything.
    private static bool TryPrint(CharSink sink, byte value)
    {
        bool isText = value is (>= 0x20 and not 0x7F) or (byte)'\t' or (byte)'\r';
        if (!sink.CanWrite)
        {
            return false;
        }

        return value == (byte)'\n' ? sink.TryWrite((byte)'\r') && sink.TryWrite(value) : sink.TryWrite(isText ? value : (byte)'.');
    }
}
