using System.Globalization;

namespace Starling.Hosting.Configuration;

/// <summary>One key as documentation shows it.</summary>
/// <param name="Path">Its path; <c>[]</c> stands for the items of a list.</param>
/// <param name="Type">What it takes.</param>
/// <param name="Default">Its default as it would be written; empty for nothing.</param>
/// <param name="IsSupported">Whether this version acts on it.</param>
internal sealed record KeyDescription(string Path, string Type, string Default, bool IsSupported);

/// <summary>The keys of one section and where their values go: written by hand, so that nothing is found by reflection and the
/// names users know stay apart from the names of properties.</summary>
internal sealed class KeyTable<T>
    where T : class
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private delegate void Bind(T target, ConfigurationValue value, string path, BindingContext context);

    private delegate IEnumerable<KeyDescription> Describe(T defaults, string path, bool isSupported);

    public KeyTable<T> Flag(string key, Func<T, bool> get, Action<T, bool> set) => Scalar(
        key, "true or false", target => get(target) ? "true" : "false",
        (target, value) =>
        {
            if (!ValueReader.TryFlag(value, out var flag)) return false;
            set(target, flag);
            return true;
        });

    public KeyTable<T> Number(string key, Func<T, int> get, Action<T, int> set) => Scalar(
        key, "a whole number", target => get(target).ToString(CultureInfo.InvariantCulture),
        (target, value) =>
        {
            if (!ValueReader.TryNumber(value, out var number) || number is < int.MinValue or > int.MaxValue) return false;
            set(target, (int)number);
            return true;
        });

    public KeyTable<T> LongNumber(string key, Func<T, long> get, Action<T, long> set) => Scalar(
        key, "a whole number", target => get(target).ToString(CultureInfo.InvariantCulture),
        (target, value) =>
        {
            if (!ValueReader.TryNumber(value, out var number)) return false;
            set(target, number);
            return true;
        });

    public KeyTable<T> Text(string key, Func<T, string> get, Action<T, string> set) => Scalar(
        key, "text", get,
        (target, value) =>
        {
            if (!ValueReader.TryText(value, out var text)) return false;
            set(target, text);
            return true;
        });

    /// <summary>Text that no message repeats.</summary>
    public KeyTable<T> Secret(string key, Func<T, string> get, Action<T, string> set) => Add(new Entry(
        key,
        (target, value, path, context) =>
        {
            if (ValueReader.TryText(value, out var text)) set(target, text);
            else context.Refuse(path, "the value (not shown)", "text");
        },
        (defaults, path, isSupported) => [new KeyDescription(path, "text", get(defaults), isSupported)]));

    public KeyTable<T> Duration(string key, Func<T, TimeSpan> get, Action<T, TimeSpan> set) => Scalar(
        key, DurationText.Allowed, target => OptionsReport.Text(get(target)),
        (target, value) =>
        {
            if (!ValueReader.TryDuration(value, out var duration)) return false;
            set(target, duration);
            return true;
        },
        shownType: "duration");

    public KeyTable<T> Choice<TChoice>(string key, Func<T, TChoice> get, Action<T, TChoice> set, params (string Name, TChoice Value)[] choices)
        where TChoice : struct => Scalar(
        key, string.Join(", ", choices.Select(choice => choice.Name.Length == 0 ? "\"\"" : choice.Name)),
        target => choices.First(choice => choice.Value.Equals(get(target))).Name,
        (target, value) =>
        {
            if (!ValueReader.TryText(value, out var text)) return false;
            var wanted = NearestKey.Normalize(text);
            var index = Array.FindIndex(choices, choice => string.Equals(NearestKey.Normalize(choice.Name), wanted, StringComparison.Ordinal));
            if (index < 0) return false;
            set(target, choices[index].Value);
            return true;
        });

    public KeyTable<T> Texts(string key, Action<T, List<string>> set) => Scalar(
        key, "a list of texts", _ => "[]",
        (target, value) =>
        {
            if (!ValueReader.TryList(value, out var items)) return false;
            var texts = new List<string>(items.Count);
            foreach (var item in items)
            {
                if (!ValueReader.TryText(item, out var text)) return false;
                texts.Add(text);
            }
            set(target, texts);
            return true;
        });

    /// <summary>Names and texts that no message repeats.</summary>
    public KeyTable<T> SecretMap(string key, Action<T, Dictionary<string, string>> set) => Add(new Entry(
        key,
        (target, value, path, context) =>
        {
            var map = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            var isMap = value.Kind == ConfigurationValueKind.Section;
            foreach (var (name, member) in isMap ? value.Members : []) isMap &= ValueReader.TryText(member, out var text) && map.TryAdd(name, text);
            if (isMap) set(target, map);
            else context.Refuse(path, "the value (not shown)", "a section of names and texts");
        },
        (_, path, isSupported) => [new KeyDescription(path, "names and texts", "{}", isSupported)]));

    public KeyTable<T> Section<TSection>(string key, Func<T, TSection> get, KeyTable<TSection> table)
        where TSection : class => Add(new Entry(
        key,
        (target, value, path, context) => table.BindSection(get(target), value, path, context),
        (defaults, path, isSupported) => table.DescribeAll(get(defaults), path + ".", isSupported)));

    public KeyTable<T> List<TItem>(string key, Func<T, List<TItem>> get, KeyTable<TItem> table)
        where TItem : class, new() => Add(new Entry(
        key,
        (target, value, path, context) =>
        {
            if (!ValueReader.TryList(value, out var items))
            {
                context.Refuse(path, value.Shown(), "a list of sections");
                return;
            }
            var list = get(target);
            list.Clear();   // a later source replaces the list of an earlier one as a whole
            for (var i = 0; i < items.Count; i++)
            {
                var itemPath = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
                if (items[i].Kind != ConfigurationValueKind.Section)
                {
                    context.Refuse(itemPath, items[i].Shown(), "a section with keys");
                    continue;
                }
                var item = new TItem();
                table.BindSection(item, items[i], itemPath, context);
                list.Add(item);
            }
        },
        (_, path, isSupported) => table.DescribeAll(new TItem(), path + "[].", isSupported)));

    /// <summary>Adds the keys of a part of the target as keys of this section.</summary>
    public KeyTable<T> Include<TPart>(Func<T, TPart> get, KeyTable<TPart> table)
        where TPart : class
    {
        foreach (var entry in table._entries.Values)
        {
            Add(new Entry(
                entry.Key,
                (target, value, path, context) => entry.Bind(get(target), value, path, context),
                (defaults, path, isSupported) => entry.Describe(get(defaults), path, isSupported))
            { Ignored = entry.Ignored });
        }
        return this;
    }

    /// <summary>Keys that are read but not acted on yet: whoever sets one is told so.</summary>
    public KeyTable<T> NotYet(params ReadOnlySpan<string> keys) =>
        Ignore("known, but this version does not support it yet; ignored", keys);

    /// <summary>Keys without effect, and what to tell whoever sets one.</summary>
    public KeyTable<T> Ignore(string because, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            var normalized = NearestKey.Normalize(key);
            if (_entries.TryGetValue(normalized, out var entry)) _entries[normalized] = entry with { Ignored = because };
            else Add(new Entry(key, static (_, _, _, _) => { }, static (_, path, _) => [new KeyDescription(path, "any", "", IsSupported: false)])
            { Ignored = because });
        }
        return this;
    }

    /// <summary>Binds a section; keys it does not have are left alone.</summary>
    public void BindSection(T target, ConfigurationValue value, string path, BindingContext context)
    {
        if (value.Kind == ConfigurationValueKind.Null || (value.Kind == ConfigurationValueKind.Loose && value.Text.Length == 0)) return;
        if (value.Kind != ConfigurationValueKind.Section)
        {
            context.Refuse(path, value.Shown(), "a section with keys");
            return;
        }
        var prefix = path.Length == 0 ? "" : path + ".";
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, member) in value.Members)
        {
            var normalized = NearestKey.Normalize(key);
            if (!_entries.TryGetValue(normalized, out var entry))
            {
                var hint = NearestKey.Hint(prefix, key, _entries.Values.Select(one => one.Key), context.AllPaths);
                context.Warn(prefix + ConfigurationValue.Printable(key), $"unknown key, ignored; {hint}");
                continue;
            }
            var keyPath = prefix + entry.Key;
            if (!seen.Add(normalized)) context.Fail(keyPath, "written twice; allowed: once (keys differ neither by case nor by underscores)");
            if (entry.Ignored is not null) context.Warn(keyPath, entry.Ignored);
            if (member.Kind != ConfigurationValueKind.Null) entry.Bind(target, member, keyPath, context);
        }
    }

    /// <summary>All keys with their defaults, in the order they were written in the table.</summary>
    public IEnumerable<KeyDescription> DescribeAll(T defaults, string prefix = "", bool isSupported = true) =>
        _entries.Values.SelectMany(entry => entry.Describe(defaults, prefix + entry.Key, isSupported && entry.Ignored is null));

    private KeyTable<T> Scalar(
        string key, string allowed, Func<T, string> defaultText, Func<T, ConfigurationValue, bool> trySet, string? shownType = null) => Add(new Entry(
        key,
        (target, value, path, context) =>
        {
            if (!trySet(target, value)) context.Refuse(path, value.Shown(), allowed);
        },
        (defaults, path, isSupported) => [new KeyDescription(path, shownType ?? allowed, defaultText(defaults), isSupported)]));

    private KeyTable<T> Add(Entry entry)
    {
        _entries.Add(NearestKey.Normalize(entry.Key), entry);
        return this;
    }

    private sealed record Entry(string Key, Bind Bind, Describe Describe)
    {
        /// <summary>Why the key has no effect; nothing when it has.</summary>
        public string? Ignored { get; init; }
    }
}
