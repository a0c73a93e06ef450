using System.Text;
using Multicosm.Domains.Configuration;

namespace Multicosm.Unit.Configuration;

/// <summary>A configuration and what the parser said about it.</summary>
internal sealed class ParserFixture
{
    public DomainConfiguration Domain { get; } = new();

    public ConfigurationDiagnostics Diagnostics { get; } = new();

    public static string TextOf(ConfigurationText text) => Encoding.UTF8.GetString(text.Value);

    public ConfigurationStatus Parse(string text) => DomainConfigurationParser.Parse(Encoding.UTF8.GetBytes(text), Domain, Diagnostics);

    public ConfigurationStatus Assign(string text) => DomainConfigurationParser.ParseAssignment(Encoding.UTF8.GetBytes(text), Domain, Diagnostics);

    public ConfigurationStatus Check() => DomainConfigurationRules.Check(Domain, Diagnostics);

    public string Message()
    {
        TextCollector collector = new();
        ConfigurationMessages.Describe(collector, "a.cfg"u8, Diagnostics);
        return collector.Text;
    }

    public string Notes()
    {
        TextCollector collector = new();
        for (int i = 0; i < Diagnostics.NoteCount; i++)
        {
            ConfigurationMessages.DescribeNote(collector, "a.cfg"u8, Diagnostics, i);
        }

        return collector.Text;
    }
}
