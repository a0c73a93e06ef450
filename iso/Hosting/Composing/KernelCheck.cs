using System;
using System.IO;
using System.Text;
using Multicosm.Domains.Loaders;

namespace Multicosm.Hosting.Composing;

/// <summary>Refuses kernels that no domain could start, with the check that the hypervisor makes itself.</summary>
internal static class KernelCheck
{
    /// <summary>Reads the kernel at <paramref name="path"/>; <paramref name="place"/> and <paramref name="value"/> say who named it and how.</summary>
    public static void Run(string path, string place, string value)
    {
        using FileStream file = SourceFile.Open(path, $"{place}: {value}");
        if (file.Length > Array.MaxLength)
        {
            return; // more than fits onto an ISO, which is found next
        }

        byte[] kernel = new byte[file.Length];
        file.ReadExactly(kernel);
        LoadStatus status = LinuxHeader.Read(kernel, out _);
        if (status != LoadStatus.Success)
        {
            MessageCollector message = new();
            LoadMessages.Describe(message, status, Encoding.UTF8.GetBytes(value), new LinuxLoader());
            throw new HostException(ExitCode.Failure, $"{place}: {message.Text}, expected a bzImage");
        }
    }
}
