using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using Multicosm.Hosting;

namespace Multicosm.Harness;

/// <summary>What one of the repository's commands did.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
public sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs <paramref name="command"/> (run, mkiso) in the repository, without a terminal, for at most five minutes.</summary>
    public static CommandResult Run(string command, params string[] arguments)
    {
        ProcessStartInfo start = new("timeout", ["-k", "10", "300", Path.Combine(Repository.Root, command), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output, errors.Result);
    }
}
