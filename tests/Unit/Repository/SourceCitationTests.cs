using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Multicosm.Unit.Repository;

/// <summary>Every cited section stands in HARDWARE-REFERENCES.md, in the row of the document that it is cited from.</summary>
public sealed class SourceCitationTests
{
    private static readonly string s_root = FindRoot();

    [Fact]
    public void Every_citation_names_a_document_and_sections_of_the_list()
    {
        List<(string Name, string Row)> documents = File.ReadLines(Path.Combine(s_root, "HARDWARE-REFERENCES.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| short name", StringComparison.Ordinal))
            .SelectMany(row => row.Split('|')[1].Split(',').Select(name => (name.Trim(), row)))
            .ToList();
        List<string> wrong = [];
        int citations = 0;
        foreach (string file in new[] { "Cosmos.Kernel", "Vmx", "Paravirt", "Devices" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(s_root, folder), "*.cs", SearchOption.AllDirectories)))
        {
            foreach (Match match in Regex.Matches(File.ReadAllText(file), "<source>(.*?)</source>", RegexOptions.Singleline))
            {
                foreach (string citation in match.Groups[1].Value.Split(';'))
                {
                    citations++;
                    string text = citation.Trim();
                    List<string> rows = documents.Where(document => text.StartsWith(document.Name, StringComparison.Ordinal)).Select(document => document.Row).ToList();
                    bool known = rows.Count != 0 && Regex.Matches(text, "\"([^\"]+)\"").All(title => rows.Any(row => row.Contains(title.Groups[1].Value, StringComparison.Ordinal)));
                    if (!known)
                    {
                        wrong.Add($"{Path.GetRelativePath(s_root, file)}: {text}");
                    }
                }
            }
        }

        Assert.True(citations > 50);
        Assert.Empty(wrong);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Build.targets")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("the tests run outside the repository");
    }
}
