namespace Multicosm.Management.Editing;

/// <summary>What a terminal's bytes mean to the line editor.</summary>
public enum Key : byte
{
    /// <summary>Nothing, or not yet complete.</summary>
    None,

    /// <summary>A byte of text.</summary>
    Text,

    /// <summary>The end of the line.</summary>
    Enter,

    /// <summary>Deletes to the left.</summary>
    Backspace,

    /// <summary>Deletes under the cursor.</summary>
    Delete,

    /// <summary>One to the left.</summary>
    Left,

    /// <summary>One to the right.</summary>
    Right,

    /// <summary>To the start.</summary>
    Home,

    /// <summary>To the end.</summary>
    End,

    /// <summary>The line before in the history.</summary>
    Up,

    /// <summary>The line after in the history.</summary>
    Down,

    /// <summary>Deletes all to the left.</summary>
    KillToStart,

    /// <summary>Deletes all from the cursor on.</summary>
    KillToEnd,

    /// <summary>Deletes the word to the left.</summary>
    KillWord,

    /// <summary>Gives the line up.</summary>
    Cancel,

    /// <summary>Draws the line again.</summary>
    Redraw,

    /// <summary>Completes the word to the left.</summary>
    Complete,
}
