using System;

namespace Multicosm.Harness;

/// <summary>A machine under test did not say what it should have.</summary>
public sealed class ExpectationException(string message) : Exception(message);
