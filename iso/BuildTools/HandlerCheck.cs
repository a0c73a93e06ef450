using System;
using System.IO;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Multicosm.BuildTools;

/// <summary>Refuses try, catch, finally, using and lock in kernel assemblies: their handlers would never run.</summary>
internal static class HandlerCheck
{
    public static int Run(ReadOnlySpan<string> assemblies)
    {
        int found = 0;
        foreach (string path in assemblies)
        {
            using PEReader image = new(File.OpenRead(path));
            MetadataReader metadata = image.GetMetadataReader();
            foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
            {
                MethodDefinition method = metadata.GetMethodDefinition(handle);
                if (method.RelativeVirtualAddress != 0 && image.GetMethodBody(method.RelativeVirtualAddress).ExceptionRegions.Length != 0)
                {
                    TypeDefinition type = metadata.GetTypeDefinition(method.GetDeclaringType());
                    Console.Error.WriteLine($"error : {metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}.{metadata.GetString(method.Name)} has an exception handler (try, using or lock), which never runs in the kernel");
                    found++;
                }
            }
        }

        return found == 0 ? 0 : 1;
    }
}
