using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Multicosm.BuildTools;

/// <summary>Writes <c>Type.Field equ offset</c> for each struct marked NasmStructure.</summary>
internal static class StructureOffsets
{
    public static int Write(string output, ReadOnlySpan<string> assemblies)
    {
        StringBuilder text = new("; Generated from the C# structures marked [NasmStructure].\n");
        foreach (string path in assemblies)
        {
            Assembly assembly = Assembly.LoadFrom(Path.GetFullPath(path));
            foreach (Type type in assembly.GetTypes().Where(IsMarked).OrderBy(type => type.FullName, StringComparer.Ordinal))
            {
                foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    _ = text.Append(type.Name).Append('.').Append(field.Name).Append(" equ ").Append(Marshal.OffsetOf(type, field.Name)).Append('\n');
                }

                _ = text.Append(type.Name).Append(".Size equ ").Append(Marshal.SizeOf(type)).Append('\n');
            }
        }

        // Unchanged offsets keep their time stamp, so that nothing is assembled again.
        if (!File.Exists(output) || File.ReadAllText(output) != text.ToString())
        {
            File.WriteAllText(output, text.ToString());
        }

        return 0;
    }

    private static bool IsMarked(Type type) =>
        type.IsValueType && type.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "NasmStructureAttribute");
}
