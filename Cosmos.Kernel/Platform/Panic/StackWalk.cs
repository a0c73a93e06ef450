using Multicosm.Platform.Boot;

namespace Multicosm.Platform.Panic;

/// <summary>
/// Follows frame pointers. The compiler keeps RBP frames in all methods but short ones with a single call: such a one is named, its caller is not.
/// </summary>
internal static unsafe class StackWalk
{
    /// <summary>Goes up one frame: <paramref name="rbp"/> becomes the caller's, <paramref name="address"/> the return address into it. False at the end.</summary>
    public static bool TryNext(ref ulong rbp, out ulong address)
    {
        address = 0;
        ulong kernelEnd = KernelImage.Base + (512UL << 30);
        if (rbp < KernelImage.Base || rbp >= kernelEnd || (rbp & 7) != 0)
        {
            return false;
        }

        // Safe because frame pointers lie in mapped stacks; a wild one in a panic faults again into a panic of one line less.
        ulong* frame = (ulong*)rbp;
        address = frame[1];
        if (frame[0] <= rbp && frame[0] != 0)
        {
            return false;
        }

        rbp = frame[0];
        return address >= KernelImage.TextStart && address < KernelImage.TextEnd;
    }
}
