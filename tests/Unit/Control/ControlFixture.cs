using System;
using System.Collections.Concurrent;
using System.IO;
using System.Text;
using Multicosm.Control;

namespace Multicosm.Unit.Control;

/// <summary>Runs mc against a manager, with standard streams that the test holds.</summary>
internal sealed class ControlFixture(int port)
{
    private readonly MemoryStream _output = new();
    private readonly StringWriter _errors = new();

    public ControlFixture(FakeManager manager)
        : this(manager.Port)
    {
    }

    public BlockingStream Input { get; } = new();

    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public byte[] OutputBytes
    {
        get
        {
            lock (_output)
            {
                return _output.ToArray();
            }
        }
    }

    public string Errors => _errors.ToString();

    public int Run(params string[] arguments)
    {
        ControlConsole console = new() { Output = new Locked(_output), Errors = _errors, Input = Input, HasTerminal = false };
        return Program.Run(["--connect", $"127.0.0.1:{port}", .. arguments], console, SerialLines.Open);
    }

    /// <summary>What is typed, when the test types it.</summary>
    internal sealed class BlockingStream : PassingStream
    {
        private readonly BlockingCollection<byte[]> _chunks = [];

        public void Type(string text) => _chunks.Add(Encoding.Latin1.GetBytes(text));

        public void End() => _chunks.CompleteAdding();

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (!_chunks.TryTake(out byte[]? chunk, -1))
            {
                return 0;
            }

            chunk.CopyTo(buffer, offset);
            return chunk.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class Locked(MemoryStream stream) : PassingStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            lock (stream)
            {
                stream.Write(buffer, offset, count);
            }
        }
    }

    internal abstract class PassingStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
