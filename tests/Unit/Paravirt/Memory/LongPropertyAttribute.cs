using System;
using FsCheck.Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

#pragma warning disable xUnit3003 // FsCheck's attribute has no constructor that takes the place in the source
/// <summary>A property over random input, tried so often: in every run, and by ./test long.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LongPropertyAttribute : PropertyAttribute
{
    public LongPropertyAttribute(int always, int longRun) => MaxTest = Environment.GetEnvironmentVariable("MULTICOSM_TEST_LONG") == "1" ? longRun : always;
}
