using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
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
            throw new HostException(ExitCode.Usage, $"{program} is missing: ./run and ./mkiso install it");
        }
    }
}
