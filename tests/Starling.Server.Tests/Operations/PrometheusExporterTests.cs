using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Starling.Operations;

namespace Starling.Server.Tests.Operations;

public sealed class PrometheusExporterTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Meter _meter;
    private readonly PrometheusExporter _exporter;

    public PrometheusExporterTests()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _meter = meters.Create(StarlingMetrics.MeterName);
        _exporter = new PrometheusExporter(meters);
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void A_counter_sums_and_ends_in_total()
    {
        var counter = _meter.CreateCounter<long>("starling.things", "{thing}", "Things.");
        counter.Add(2);
        counter.Add(3);

        var read = Read();

        Assert.Equal(5, read.Samples["starling_things_total"]);
        Assert.Equal("counter", read.Types["starling_things_total"]);
    }

    [Fact]
    public void Labels_are_sorted_and_their_order_makes_no_second_series()
    {
        var counter = _meter.CreateCounter<long>("starling.things");
        counter.Add(1, new("b", "2"), new KeyValuePair<string, object?>("a", 1));
        counter.Add(1, new("a", 1), new KeyValuePair<string, object?>("b", "2"));

        Assert.Equal(2, Read().Samples["""starling_things_total{a="1",b="2"}"""]);
    }

    [Fact]
    public void What_has_a_meaning_in_the_format_is_escaped()
    {
        var counter = _meter.CreateCounter<long>("starling.things", unit: null, "One \\ two\nthree.");
        counter.Add(1, new KeyValuePair<string, object?>("na.me", "a\"b\\c\nd"));

        var text = _exporter.Collect();

        Assert.Contains("# HELP starling_things_total One \\\\ two\\nthree.\n", text, StringComparison.Ordinal);
        Assert.Contains("starling_things_total{na_me=\"a\\\"b\\\\c\\nd\"} 1\n", text, StringComparison.Ordinal);
        PrometheusReader.Read(text);
    }

    [Fact]
    public void Up_down_counters_and_gauges_are_gauges()
    {
        var upDown = _meter.CreateUpDownCounter<int>("starling.open");
        upDown.Add(5);
        upDown.Add(-2);
        var gauge = _meter.CreateGauge<double>("starling.load", "1");
        gauge.Record(0.25);
        gauge.Record(0.5);
        _meter.CreateObservableGauge("starling.temperature", () => -1.5f);

        var read = Read();

        Assert.Equal(3, read.Samples["starling_open"]);
        Assert.Equal(0.5, read.Samples["starling_load_ratio"]);
        Assert.Equal(-1.5, read.Samples["starling_temperature"]);
        Assert.Equal("gauge", read.Types["starling_open"]);
    }

    [Theory]
    [InlineData("s", "starling_wait_seconds", 2)]
    [InlineData("ms", "starling_wait_seconds", 0.002)]
    [InlineData("us", "starling_wait_seconds", 0.000002)]
    [InlineData("By", "starling_wait_bytes", 2)]
    [InlineData("KiBy", "starling_wait_bytes", 2048)]
    [InlineData("{frame}", "starling_wait", 2)]
    [InlineData(null, "starling_wait", 2)]
    public void Units_become_base_units(string? unit, string name, double value)
    {
        _meter.CreateGauge<int>("starling.wait", unit).Record(2);

        Assert.Equal(value, Read().Samples[name], precision: 9);
    }

    [Fact]
    public void An_observable_counter_is_read_at_each_collection()
    {
        var count = 0L;
        _meter.CreateObservableCounter("starling.bytes.sent", () => count, "By");
        count = 7;
        Assert.Equal(7, Read().Samples["starling_bytes_sent_bytes_total"]);
        count = 9;
        Assert.Equal(9, Read().Samples["starling_bytes_sent_bytes_total"]);
    }

    [Fact]
    public void What_an_observable_instrument_no_longer_reports_is_no_longer_written()
    {
        var rooms = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("starling.room", () => rooms.Select(room => new Measurement<int>(1, new KeyValuePair<string, object?>("room", room))));
        Assert.Contains("""starling_room{room="b"}""", Read().Samples.Keys);

        rooms.Remove("b");

        var samples = Read().Samples;
        Assert.Contains("""starling_room{room="a"}""", samples.Keys);
        Assert.DoesNotContain("""starling_room{room="b"}""", samples.Keys);
    }

    [Fact]
    public void A_histogram_counts_into_buckets_that_contain_the_smaller_ones()
    {
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [10, 100] };
        var histogram = _meter.CreateHistogram("starling.delay", "ms", "Delay.", tags: null, advice);
        foreach (var value in new[] { 5d, 10, 50, 500 }) histogram.Record(value, new KeyValuePair<string, object?>("way", "in"));

        var samples = Read().Samples;

        Assert.Equal(2, samples["""starling_delay_seconds_bucket{way="in",le="0.01"}"""]);
        Assert.Equal(3, samples["""starling_delay_seconds_bucket{way="in",le="0.1"}"""]);
        Assert.Equal(4, samples["""starling_delay_seconds_bucket{way="in",le="+Inf"}"""]);
        Assert.Equal(4, samples["""starling_delay_seconds_count{way="in"}"""]);
        Assert.Equal(0.565, samples["""starling_delay_seconds_sum{way="in"}"""], precision: 9);
    }

    [Fact]
    public void A_histogram_without_advice_has_fixed_buckets()
    {
        _meter.CreateHistogram<double>("starling.delay", "s").Record(0.003);

        var samples = Read().Samples;

        Assert.Equal(0, samples["""starling_delay_seconds_bucket{le="0.0025"}"""]);
        Assert.Equal(1, samples["""starling_delay_seconds_bucket{le="0.005"}"""]);
    }

    [Fact]
    public void A45_An_instrument_with_too_many_label_sets_stops_growing_and_says_so()
    {
        var counter = _meter.CreateCounter<long>("starling.things");
        for (var i = 0; i < PrometheusInstrument.SeriesMax + 10; i++) counter.Add(1, new KeyValuePair<string, object?>("user", i));

        var read = Read();

        Assert.Equal(PrometheusInstrument.SeriesMax, read.Samples.Keys.Count(key => key.StartsWith("starling_things_total", StringComparison.Ordinal)));
        Assert.Equal(10, read.Samples["starling_metrics_refused_total"]);
    }

    [Fact]
    public async Task Threads_that_count_at_once_lose_nothing()
    {
        var counter = _meter.CreateCounter<long>("starling.things");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(
            () =>
            {
                for (var i = 0; i < 10_000; i++) counter.Add(1, new KeyValuePair<string, object?>("worker", worker % 2));
            },
            TestContext.Current.CancellationToken)));

        Assert.Equal(20_000, Read().Samples["""starling_things_total{worker="0"}"""]);
        Assert.Equal(20_000, Read().Samples["""starling_things_total{worker="1"}"""]);
    }

    [Fact]
    public void Meters_of_other_nodes_and_of_other_names_are_not_exported()
    {
        using var elsewhere = new ServiceCollection().AddMetrics().BuildServiceProvider();
        elsewhere.GetRequiredService<IMeterFactory>().Create(StarlingMetrics.MeterName).CreateCounter<long>("starling.other_node").Add(1);
        _services.GetRequiredService<IMeterFactory>().Create("Else").CreateCounter<long>("starling.other_meter").Add(1);

        Assert.DoesNotContain("other", _exporter.Collect(), StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_of_the_process_are_there()
    {
        var samples = Read().Samples;

        Assert.True(samples["process_cpu_seconds_total"] > 0);
        Assert.True(samples["process_resident_memory_bytes"] > 1_000_000);
        Assert.True(samples["dotnet_gc_heap_bytes"] > 0);
        Assert.True(samples["process_start_time_seconds"] > 1_600_000_000);
        Assert.Contains("""dotnet_gc_collections_total{generation="2"}""", samples.Keys);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "threads and file descriptors are counted on Linux only");
        Assert.True(samples["process_threads"] > 0);
        Assert.True(samples["process_open_fds"] > 0);
        Assert.True(samples["process_max_fds"] > 0);
    }

    [Fact]
    public async Task Promtool_finds_nothing_to_complain_of()
    {
        var promtool = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(promtool is null, "promtool (Debian package prometheus) is not installed");
        using var metrics = new StarlingMetrics(_services.GetRequiredService<IMeterFactory>());
        _meter.CreateHistogram<double>("starling.delay", "ms", "Delay.").Record(3, new KeyValuePair<string, object?>("way", "in \"quotes\""));
        using var process = Process.Start(new ProcessStartInfo(promtool, ["check", "metrics"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;

        await process.StandardInput.WriteAsync(_exporter.Collect());
        process.StandardInput.Close();
        var complaints = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("", 0), (complaints, process.ExitCode));
    }

    private PrometheusReader Read() => PrometheusReader.Read(_exporter.Collect());
}
