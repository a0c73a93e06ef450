using System.Collections.Generic;
using System.Text;
using Multicosm.Domains.Configuration;
using Xunit;

namespace Multicosm.Unit.Configuration;

public sealed class ModuleListTests
{
    [Theory]
    [InlineData("a", "a|a")]
    [InlineData("a b c,d/e", "a|a b c", "d/e|d/e")]
    [InlineData("a,,b", "a|a", "|", "b|b")]
    [InlineData(",", "|", "|")]
    public void A_list_has_paths_with_arguments(string value, params string[] expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Assert.Equal(expected, Read(ModuleList.OfModules(bytes), bytes));
    }

    [Fact]
    public void A_ramdisk_is_one_path_whatever_is_in_it()
    {
        byte[] bytes = "a b,c"u8.ToArray();
        Assert.Equal(["a b,c|a b,c"], Read(ModuleList.OfRamdisk(bytes), bytes));
    }

    private static List<string> Read(ModuleList list, byte[] value)
    {
        List<string> items = [];
        while (list.TryNext(out System.ReadOnlySpan<byte> path, out int start, out int length))
        {
            items.Add(Encoding.UTF8.GetString(path) + "|" + Encoding.UTF8.GetString(value, start, length));
        }

        return items;
    }
}
