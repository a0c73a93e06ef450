using System.Text;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Loaders;

namespace Multicosm.Hosting.Composing;

/// <summary>Refuses kernels that no domain could start, with the check that the hypervisor makes itself.</summary>
internal static class KernelCheck
{
    /// <summary>
    /// Reads the kernel of <paramref name="file"/>. One for <c>type = "pv"</c> need not be of a kind that VT-x starts: <see cref="PvKernel"/> looks at it.
    /// </summary>
    public static void Run(DomainFile file)
    {
        byte[] kernel = SourceFile.ReadAll(file.KernelPath, file.KernelPlace);
        KernelKind kind = KernelProbe.Find(kernel);
        LoadStatus status = kind == KernelKind.None ? LoadStatus.NotBzImage : LoadStatus.Success;
        if (kind == KernelKind.Linux)
        {
            status = LinuxHeader.Read(kernel, out _);
        }

        if (status != LoadStatus.Success && file.Type != DomainType.Pv)
        {
            MessageCollector message = new();
            LoadMessages.Describe(message, status, Encoding.UTF8.GetBytes(file.Kernel), 0, 0);
            string hint = kind == KernelKind.Linux ? ", expected a bzImage" : ElfFile.IsElf(kernel) ? " (another ELF file can be a kernel for type = \"pv\")" : "";
            throw new HostException(ExitCode.Failure, $"{file.GivenPath}:{file.KernelLine}: {message.Text}{hint}");
        }
    }
}
