using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Multicosm.Hosting;

/// <summary>Runs a program to its end.</summary>
public static class Tool
{
    /// <summary>Runs <paramref name="program"/>; if it fails, what it printed is in the exception, and <paramref name="failure"/> its code.</summary>
    public static string Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, int failure = ExitCode.Usage)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (KeyValuePair<string, string> pair in environment ?? new Dictionary<string, string>())
        {
            start.Environment[pair.Key] = pair.Value;
        }

        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? output
                : throw new HostException(failure, $"{program} failed ({process.ExitCode}):\n{output}{errors.Result}".TrimEnd());
        }
        catch (Win32Exception)
        {
            throw Missing(program);
        }
    }

    /// <summary>
    /// Runs <paramref name="program"/> from <paramref name="input"/> to <paramref name="output"/>. False if it fails or does not give
    /// exactly as many bytes; <paramref name="errors"/> is what it printed beside them.
    /// </summary>
    public static bool TryConvert(string program, IEnumerable<string> arguments, byte[] input, byte[] output, out string errors)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errorText = process.StandardError.ReadToEndAsync();
            Task feeder = Task.Run(() => Feed(process.StandardInput.BaseStream, input));
            int length = process.StandardOutput.BaseStream.ReadAtLeast(output, output.Length, throwOnEndOfStream: false);
            bool hasMore = process.StandardOutput.BaseStream.ReadByte() >= 0;
            process.StandardOutput.Close(); // one that has more to say ends by it
            process.WaitForExit();
            feeder.Wait();
            errors = errorText.Result.Trim();
            return process.ExitCode == 0 && length == output.Length && !hasMore;
        }
        catch (Win32Exception)
        {
            throw Missing(program);
        }
    }

    private static void Feed(Stream stream, ReadOnlySpan<byte> input)
    {
        try
        {
            stream.Write(input);
            stream.Close();
        }
        catch (IOException)
        {
            // It has ended without reading all: its exit code says whether that is an error.
        }
    }

    private static HostException Missing(string program) => new(ExitCode.Usage, $"{program} is missing: ./run and ./mkiso install it");
}
