using Multicosm.Platform.Serial;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>How long a UART is waited for that does not answer.</summary>
public sealed class BoundedWaitTests
{
    [Fact]
    public void AWaitThatWasInVainIsNotRepeated()
    {
        BoundedWait wait = default;
        Assert.Equal(BoundedWait.MaximumLooks, CountLooks(ref wait));
        Assert.Equal(0, CountLooks(ref wait));
    }

    [Fact]
    public void AfterAnAnswerTheNextWaitIsAWholeOne()
    {
        BoundedWait wait = default;
        Assert.True(wait.TryAgain());
        wait.Answered();
        Assert.Equal(BoundedWait.MaximumLooks, CountLooks(ref wait));
        wait.Answered();
        Assert.Equal(BoundedWait.MaximumLooks, CountLooks(ref wait));
    }

    private static int CountLooks(ref BoundedWait wait)
    {
        int looks = 0;
        while (wait.TryAgain())
        {
            looks++;
        }

        return looks;
    }
}
