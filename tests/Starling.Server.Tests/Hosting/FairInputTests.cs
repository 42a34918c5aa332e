using System.IO.Pipelines;
using Starling.Server.Hosting;
using Starling.TestKit;

namespace Starling.Server.Tests.Hosting;

public sealed class FairInputTests
{
    private static readonly PipeOptions s_inline = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What lies there is read at once, until the reader has worked for a turn: then the writer has its thread back.</summary>
    [Theory]
    [InlineData(2, 1)]
    [InlineData(0.3, 4)]
    [InlineData(0, 20)]
    public async Task A45_Who_has_worked_for_a_turn_leaves_the_thread_of_the_writer_and_reads_everything_in_order(double millisecondsPerByte, int inside)
    {
        var (pipe, time, writer) = (new Pipe(s_inline), new ManualTime(), Environment.CurrentManagedThreadId);
        var isWriting = true;
        time.Advance(TimeSpan.FromHours(1));   // nobody was worked for before the first read
        var read = new List<(byte Value, bool IsInside)>();
        var reading = ReadAsync();
        await pipe.Writer.WriteAsync(Enumerable.Range(0, 20).Select(static i => (byte)i).ToArray(), Cancelled);
        Volatile.Write(ref isWriting, false);
        await pipe.Writer.CompleteAsync();
        await reading.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal(Enumerable.Range(0, 20), read.Select(static one => (int)one.Value));
        Assert.Equal(inside, read.TakeWhile(static one => one.IsInside).Count());

        async Task ReadAsync()
        {
            var input = new FairInput(pipe.Reader, time);
            while (true)
            {
                var result = await input.ReadAsync(Cancelled);
                if (result.Buffer.IsEmpty) return;
                read.Add((result.Buffer.FirstSpan[0], Volatile.Read(ref isWriting) && Environment.CurrentManagedThreadId == writer));
                time.Advance(TimeSpan.FromMilliseconds(millisecondsPerByte));
                input.AdvanceTo(result.Buffer.GetPosition(1));
            }
        }
    }

    [Fact]
    public async Task What_ends_a_read_ends_it_through_the_pauses_too()
    {
        var pipe = new Pipe(s_inline);
        var input = new FairInput(pipe.Reader, TimeProvider.System);
        var reading = input.ReadAsync(Cancelled);
        input.CancelPendingRead();
        Assert.True((await reading).IsCanceled);

        var failing = input.ReadAsync(Cancelled).AsTask();
        await pipe.Writer.CompleteAsync(new IOException("gone"));
        Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(() => failing)).Message);
        await input.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await input.ReadAsync(Cancelled));
    }
}
