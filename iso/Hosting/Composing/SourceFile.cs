using System;
using System.IO;

namespace Multicosm.Hosting.Composing;

/// <summary>Looks at a file that is to go onto the ISO before anything is written.</summary>
internal static class SourceFile
{
    /// <summary>
    /// Opens the file at <paramref name="path"/>, or says in a <see cref="HostException"/> why not; <paramref name="what"/> begins that
    /// message: the place and the name that were given.
    /// </summary>
    public static FileStream Open(string path, string what)
    {
        FileInfo info = new(path);
        if (Directory.Exists(path))
        {
            throw Refuse(what, "a directory", path);
        }

        if (!info.Exists)
        {
            throw Refuse(what, "no such file", path);
        }

        // Also pipes and devices, which would be waited for.
        if (info.Length == 0)
        {
            throw Refuse(what, "empty", path);
        }

        try
        {
            return info.OpenRead();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HostException(ExitCode.Failure, $"{what}: cannot be read ({exception.Message.TrimEnd('.')}), expected a file that you may read");
        }
    }

    /// <summary>Reads such a file; one that is too long for it is more than fits onto an ISO.</summary>
    public static byte[] ReadAll(string path, string what)
    {
        using FileStream file = Open(path, what);
        if (file.Length > Array.MaxLength)
        {
            throw new HostException(ExitCode.Failure, $"{what}: has {file.Length} bytes, expected a file that fits onto the ISO");
        }

        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    private static HostException Refuse(string what, string why, string path) => new(ExitCode.Failure, $"{what}: {why}, expected a file at {path}");
}
