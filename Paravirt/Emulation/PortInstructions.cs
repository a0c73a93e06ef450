using System;
using System.Buffers.Binary;
using System.Threading;
using Multicosm.Decoder;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Emulation;

/// <summary>
/// I/O instructions. A PV guest has no ports: what it reads is all ones, what it writes is dropped. Whether it may try at all is decided
/// by the I/O privilege level and the bitmap that its kernel has asked for.
/// </summary>
/// <source>SDM 2, "Instruction Set Reference"; SDM 1, "I/O Permission Bit Map"; Xen headers "physdev.h"</source>
internal static unsafe class PortInstructions
{
    private const int KernelLevel = 1; // or 0, if the guest wants the levels to be as on a bare machine
    private const int UserLevel = 3;

    /// <summary>True if the I/O privilege level lets whoever runs now use all ports, CLI and STI.</summary>
    public static bool HasPrivilege(PvVcpu vcpu) => vcpu.IoPrivilege >= UserLevel
        || (vcpu.IsKernelMode && (vcpu.IoPrivilege >= KernelLevel || vcpu.Domain.ShowsIoPrivilege));

    /// <summary>
    /// The short way for IN and OUT without a prefix, by far the most frequent: E4 to E7 with a port behind the opcode, EC to EF with it
    /// in DX. False if it is another instruction, not allowed, or single-stepped: then nothing has happened.
    /// </summary>
    public static bool TryRunPlain(PvVcpu vcpu)
    {
        const int Immediate = 2;
        ref PvRegisters registers = ref *vcpu.Registers;
        byte* code = GuestSpace.FindCode(vcpu, registers.Rip, Immediate);
        int bytes = code == null ? 0 : Volatile.Read(ref *(ushort*)code); // once: another vCPU may change them
        if ((bytes & 0xF4) != 0xE4 || (registers.Rflags & RegisterFlags.Trap) != 0)
        {
            return false;
        }

        int opcode = bytes & 0xFF;
        bool isInDx = (opcode & 8) != 0;
        int sizeBytes = (opcode & 1) == 0 ? 1 : 4;
        uint port = isInDx ? (ushort)registers.Rdx : (uint)bytes >> 8;
        if (!HasPrivilege(vcpu) && !IsInBitmap(vcpu, port, sizeBytes))
        {
            return false;
        }

        if ((opcode & 2) == 0)
        {
            registers.Rax = sizeBytes == 1 ? registers.Rax | 0xFF : 0xFFFFFFFF; // no port is there
        }

        registers.Rflags &= ~RegisterFlags.Resume; // the fault has set it
        registers.Rip += isInDx ? 1u : Immediate;
        return true;
    }

    /// <summary>
    /// IN, OUT or a string of them: Done, NotMine if it is not allowed, or what <see cref="PortStrings"/> says.
    /// </summary>
    public static EmulationOutcome Run(PvVcpu vcpu, in PrivilegedInstruction instruction, ref EmulationResult result)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        uint port = instruction.IsPortInDx ? (ushort)registers.Rdx : instruction.Number;
        if (!HasPrivilege(vcpu) && !IsInBitmap(vcpu, port, instruction.SizeBytes))
        {
            return EmulationOutcome.NotMine;
        }

        switch (instruction.Operation)
        {
            case PrivilegedOperation.In:
                GuestRegister.Write(ref registers, GuestRegister.Rax, instruction.SizeBytes, ulong.MaxValue);
                return EmulationOutcome.Done;
            case PrivilegedOperation.InString or PrivilegedOperation.OutString:
                return PortStrings.Run(vcpu, in instruction, ref result);
            default:
                return EmulationOutcome.Done; // OUT
        }
    }

    // A bit that is 0 allows its port; what is not in memory allows nothing.
    private static bool IsInBitmap(PvVcpu vcpu, uint port, int sizeBytes)
    {
        if (port + (uint)sizeBytes > vcpu.IoBitmapPorts)
        {
            return false;
        }

        Span<byte> bits = stackalloc byte[2];
        ulong address = vcpu.IoBitmap + (port >> 3);
        if (!GuestSpace.TryCopyIn(vcpu, address, bits))
        {
            return false;
        }

        int wanted = (1 << sizeBytes) - 1;
        return (BinaryPrimitives.ReadUInt16LittleEndian(bits) >> (int)(port & 7) & wanted) == 0;
    }
}
