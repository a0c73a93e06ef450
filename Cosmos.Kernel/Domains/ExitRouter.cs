using Multicosm.Domains.Board;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Takes a vCPU's exit to the device that answers it, and the answer back.</summary>
public static class ExitRouter
{
    /// <summary>Answers <paramref name="vcpu"/>'s exit in its Reply. Exits that ask nothing of a device leave it as it is.</summary>
    public static void Route(Mainboard board, Vcpu vcpu)
    {
        ref readonly VcpuExit exit = ref vcpu.Backend.Exit;
        ref ExitReply reply = ref vcpu.Backend.Reply;
        switch (exit.Kind)
        {
            case VcpuExitKind.PortRead:
                reply.Value = board.Ports.Read((ushort)exit.Address, exit.SizeBytes);
                break;
            case VcpuExitKind.PortWrite:
                board.Ports.Write((ushort)exit.Address, exit.SizeBytes, (uint)exit.Value);
                break;
            case VcpuExitKind.MmioRead:
                reply.Value = board.Memory.Read(new GuestPhysicalAddress(exit.Address), exit.SizeBytes);
                break;
            case VcpuExitKind.MmioWrite:
                board.Memory.Write(new GuestPhysicalAddress(exit.Address), exit.SizeBytes, exit.Value);
                break;
            case VcpuExitKind.TaskPriorityRead:
                reply.Value = (uint)vcpu.Apic.TaskPriority >> 4;
                break;
            case VcpuExitKind.TaskPriorityWrite:
                vcpu.Apic.TaskPriority = (byte)(exit.Value << 4);
                break;
            default:
                break; // the loop acts on the others
        }
    }
}
