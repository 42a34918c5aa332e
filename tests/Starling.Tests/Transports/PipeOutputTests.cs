using System.Buffers;
using System.IO.Pipelines;
using Starling.Transports;

namespace Starling.Tests.Transports;

public sealed class PipeOutputTests
{
    [Fact]
    public async Task What_the_pipe_takes_at_once_needs_no_task()
    {
        var pipe = new Pipe();
        var output = new PipeOutput(pipe.Writer);
        var bytes = new byte[20_000];
        bytes.AsSpan().Fill(3);
        Assert.Equal(default, output.WriteAsync(bytes));
        Array.Clear(bytes);
        Assert.Equal(20_000, output.BytesAccepted);
        var read = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Repeat((byte)3, 20_000), read.Buffer.ToArray());
        Assert.False(output.TryShutdownSend());
    }

    [Fact]
    public async Task A_full_pipe_is_a_pending_write_until_the_peer_reads()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1000, resumeWriterThreshold: 500, useSynchronizationContext: false));
        var output = new PipeOutput(pipe.Writer);
        var write = output.WriteAsync(new byte[2000]);
        Assert.False(write.IsCompleted);
        Assert.Equal(0, output.BytesAccepted);
        var read = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        pipe.Reader.AdvanceTo(read.Buffer.End);
        await write;
        Assert.Equal(2000, output.BytesAccepted);
    }

    [Fact]
    public async Task A79_A_peer_that_reads_slowly_shows_progress_before_all_is_sent()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 65_536, resumeWriterThreshold: 32_768, useSynchronizationContext: false));
        var output = new PipeOutput(pipe.Writer);
        var bytes = Enumerable.Range(0, 500_000).Select(static i => (byte)(i * 7 >> 3)).ToArray();
        var expected = bytes.ToArray();
        var write = output.WriteAsync(bytes);
        Array.Clear(bytes);   // the caller's memory is free at once
        Assert.False(write.IsCompleted);
        var (read, steps) = (new List<byte>(), new HashSet<long>());
        while (read.Count < expected.Length)
        {
            var piece = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
            read.AddRange(piece.Buffer.ToArray());
            steps.Add(output.BytesAccepted);
            pipe.Reader.AdvanceTo(piece.Buffer.End);
        }
        await write;
        Assert.Equal(expected, read);
        Assert.Equal(expected.Length, output.BytesAccepted);
        Assert.True(steps.Count > 3, $"only {steps.Count} steps");
    }

    [Fact]
    public async Task A_peer_that_has_gone_and_an_abort_are_IOExceptions()
    {
        var gone = new Pipe();
        await gone.Reader.CompleteAsync();
        await Assert.ThrowsAsync<IOException>(async () => await new PipeOutput(gone.Writer).WriteAsync(new byte[1]));

        var blocked = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var output = new PipeOutput(blocked.Writer);
        var write = output.WriteAsync(new byte[10]);
        output.Abort();
        await Assert.ThrowsAsync<IOException>(async () => await write);
    }
}
