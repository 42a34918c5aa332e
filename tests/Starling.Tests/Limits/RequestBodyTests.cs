using System.IO.Pipelines;
using Starling.Limits;

namespace Starling.Tests.Limits;

public sealed class RequestBodyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public async Task Holds_what_came_in_however_many_pieces(int length)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(static i => (byte)i)];
        using var body = new RequestBody(length, TimeProvider.System);
        Assert.True(await body.TryReadAsync(await PipeOfAsync(bytes), TestContext.Current.CancellationToken));
        Assert.True(body.Bytes.SequenceEqual(bytes));
    }

    [Fact]
    public async Task Refuses_one_byte_more_than_allowed()
    {
        using var body = new RequestBody(9_999, TimeProvider.System);
        Assert.False(await body.TryReadAsync(await PipeOfAsync(new byte[10_000]), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A39_The_buffer_grows_with_what_comes_and_not_with_what_is_allowed()
    {
        var pipe = await PipeOfAsync(new byte[10]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var body = new RequestBody(1024 * 1024 * 1024, TimeProvider.System);
        var reading = body.TryReadAsync(pipe, TestContext.Current.CancellationToken);
        Assert.True(reading.IsCompletedSuccessfully);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
        Assert.True(await reading);
    }

    private static async Task<PipeReader> PipeOfAsync(byte[] bytes)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        foreach (var piece in bytes.Chunk(3_000)) await pipe.Writer.WriteAsync(piece, TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        return pipe.Reader;
    }
}
