using System;
using FsCheck.Xunit;

namespace Multicosm.Unit.Configuration;

#pragma warning disable xUnit3003 // FsCheck's attribute has no constructor that takes the place in the source
/// <summary>A property over random input; ./test long tries a hundred times as many.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RandomInputAttribute : PropertyAttribute
{
    public RandomInputAttribute() => MaxTest = Environment.GetEnvironmentVariable("MULTICOSM_TEST_LONG") == "1" ? 200_000 : 2_000;
}
