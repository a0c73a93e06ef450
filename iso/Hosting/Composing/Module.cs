namespace Multicosm.Hosting.Composing;

/// <summary>A file that goes onto the ISO.</summary>
/// <param name="Source">Where it is now.</param>
/// <param name="Name">What the kernel knows it by.</param>
/// <param name="IsDomainFile">True for a domain file.</param>
public sealed record Module(string Source, string Name, bool IsDomainFile);
