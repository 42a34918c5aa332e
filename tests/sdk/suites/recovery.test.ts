import { afterEach, describe, expect, test } from 'vitest';
import { apiKey, callApi } from '../harness/api';
import { freePort } from '../harness/ports';
import { allTransports, endClients, sdkPlaces, type SdkClient } from '../harness/sdk';
import { Server, open, ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

const kept = { ...open(), history_size: 1000, history_ttl: '5m', allow_history_for_client: true, allow_history_for_anonymous: true };
const settings = withSettings(ordinary, {
  http_api: { key: apiKey },
  channel: {
    namespaces: [
      { name: 'stream', ...kept, force_recovery: true },
      { name: 'short', ...kept, history_size: 5, force_recovery: true },
      { name: 'cache', ...kept, force_recovery: true, force_recovery_mode: 'cache' },
      { name: 'latest', ...kept, force_recovery: true, force_recovery_mode: 'cache', auto_cache_recover: true },
      { name: 'asked', ...kept, allow_recovery: true, allow_positioning: true },
      { name: 'tagged', ...kept, force_recovery: true, allow_tags_filter: true },
      { name: 'delta', ...kept, force_recovery: true, allowed_delta_types: ['fossil'], delta_publish: true },
    ],
  },
});
const server = useServer(settings);
const places = sdkPlaces(allTransports);

afterEach(endClients);

async function publish(channel: string, data: unknown, more: Record<string, unknown> = {}): Promise<void> {
  expect(await callApi(server.current, 'publish', { channel, data, ...more })).toHaveProperty('result');
}

async function publishRange(channel: string, from: number, to: number): Promise<void> {
  const commands = Array.from({ length: to - from + 1 }, (_, i) => ({ publish: { channel, data: from + i } }));
  for (let start = 0; start < commands.length; start += 100) await callApi(server.current, 'batch', { commands: commands.slice(start, start + 100) });
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Takes the client away, lets something happen, and brings it back. */
async function away(client: SdkClient, channel: string, meanwhile: () => Promise<void>): Promise<Record<string, any>> {
  await client.act('disconnect');
  await client.event('disconnected');
  await meanwhile();
  const after = client.events.last;
  await client.act('connect');
  return (await client.event(`subscribed:${channel}`, { after })).entry.context;
}

describe.each(places)('recovery in $name', (place) => {
  async function subscriber(channel: string, options: Record<string, unknown> = {}): Promise<SdkClient> {
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.subscribe(channel, options);
    return client;
  }

  test.each([0, 1, 300])('[checklist 65, 66] after missing %i publications all have come, once and in order', async (missed) => {
    const channel = uniqueChannel('stream');
    const client = await subscriber(channel);
    await publishRange(channel, 1, 3);
    await client.publication(channel, 3);
    const subscribed = await away(client, channel, () => publishRange(channel, 4, 3 + missed));
    expect(subscribed).toMatchObject({ recovered: true, wasRecovering: true, recoverable: true, positioned: true });
    await publish(channel, 1000);
    await client.publication(channel, 1000);
    expect(client.received(channel)).toEqual([...numbers(1, 3 + missed), 1000]);
  });

  test('more than one reply holds is recovered too', async () => {
    const channel = uniqueChannel('stream');
    const client = await subscriber(channel);
    await publish(channel, 1);
    await client.publication(channel, 1);
    const subscribed = await away(client, channel, () => publishRange(channel, 2, 700));
    expect(subscribed.recovered).toBe(true);
    await client.publication(channel, 700);
    expect(client.received(channel)).toEqual(numbers(1, 700));
  });

  test('[checklist 67] more than is kept is told, and nothing is delivered twice or out of order', async () => {
    const channel = uniqueChannel('short');
    const client = await subscriber(channel);
    await publish(channel, 1);
    await client.publication(channel, 1);
    const subscribed = await away(client, channel, () => publishRange(channel, 2, 20));
    expect(subscribed).toMatchObject({ recovered: false, wasRecovering: true });
    await publish(channel, 21);
    await client.publication(channel, 21);
    expect(client.received(channel)).toEqual([1, 21]);
  });

  test('[checklist 70] cache mode brings the newest only, and nothing when the client has it', async () => {
    const channel = uniqueChannel('cache');
    const client = await subscriber(channel);
    await publish(channel, 1);
    await client.publication(channel, 1);
    expect((await away(client, channel, () => publishRange(channel, 2, 9))).recovered).toBe(true);
    await client.publication(channel, 9);
    expect((await away(client, channel, () => Promise.resolve())).recovered).toBe(true);
    await publish(channel, 10);
    await client.publication(channel, 10);
    expect(client.received(channel)).toEqual([1, 9, 10]);
  });

  test('with auto_cache_recover a first subscribe gets the newest', async () => {
    const channel = uniqueChannel('latest');
    await publishRange(channel, 1, 9);
    const client = await subscriber(channel);
    await client.publication(channel, 9);
    expect(client.received(channel)).toEqual([9]);
  });

  test('where it is only allowed, it is there for who asks', async () => {
    const channel = uniqueChannel('asked');
    const client = await place.create(server.current.endpoint);
    await client.connect();
    expect(await client.subscribe(channel, { recoverable: true })).toMatchObject({ recoverable: true, positioned: true });
    const other = await place.create(server.current.endpoint);
    await other.connect();
    expect(await other.subscribe(channel, { positioned: true })).toMatchObject({ recoverable: false, positioned: true });
  });

  test('[checklist 77, 78, 79] history is paged in both directions', async () => {
    const channel = uniqueChannel('stream');
    await publishRange(channel, 1, 500);
    const client = await place.create(server.current.endpoint);
    await client.connect();
    const read = async (options: Record<string, unknown>) => (await client.act('historyPage', channel, options)) as Record<string, any>;
    const position = await read({ limit: 0 });
    expect(position).toMatchObject({ publications: [], offset: 500 });
    const forward: number[] = [];
    let since: Record<string, unknown> | undefined;
    for (;;) {
      const page = await read({ limit: 200, since });
      if (page.publications.length === 0) break;
      forward.push(...page.publications.map((one: any) => one.data.json));
      since = { offset: page.publications.at(-1).offset, epoch: page.epoch };
    }
    expect(forward).toEqual(numbers(1, 500));
    expect((await read({ limit: -1 })).publications).toHaveLength(300);
    const back = await read({ limit: 3, since: { offset: 500, epoch: position.epoch }, reverse: true });
    expect(back.publications.map((one: any) => one.offset)).toEqual([499, 498, 497]);
    await expect(read({ limit: 1, since: { offset: 1, epoch: 'other' } })).rejects.toMatchObject({ code: 112 });   // checklist 80
  });

  test('[checklist 103] a tags filter lets through what matches, also after a recovery, and the position stays good', async () => {
    const channel = uniqueChannel('tagged');
    const client = await subscriber(channel, { tagsFilter: { op: '', key: 'lang', cmp: 'eq', val: 'en' } });
    const send = async (n: number, lang: string) => publish(channel, n, { tags: { lang } });
    await send(1, 'en');
    await send(2, 'de');
    await send(3, 'en');
    await client.publication(channel, 3);
    const subscribed = await away(client, channel, async () => {
      await send(4, 'de');
      await send(5, 'en');
    });
    expect(subscribed.recovered).toBe(true);
    await send(6, 'de');
    await send(7, 'en');
    await client.publication(channel, 7);
    expect(client.received(channel)).toEqual([1, 3, 5, 7]);
    expect(client.events.entries.filter(({ event }) => event === `unsubscribed:${channel}`)).toEqual([]);
  });

  test('[checklist 98, 102] deltas read as what was published, also over a recovery', async () => {
    const channel = uniqueChannel('delta');
    const value = (n: number) => ({ n, text: `grüß dich \u{1F426} ${'x'.repeat(300)}`, odd: n % 2 ? 'è'.repeat(9) : 'é'.repeat(9) });
    const client = await subscriber(channel, { delta: 'fossil' });
    const stayer = await subscriber(channel, { delta: 'fossil' });
    for (let n = 1; n <= 5; n++) await publish(channel, value(n));
    await client.publication(channel, value(5));
    const subscribed = await away(client, channel, async () => {
      for (let n = 6; n <= 9; n++) await publish(channel, value(n));
    });
    expect(subscribed.recovered).toBe(true);
    await client.publication(channel, value(9));
    expect((await away(client, channel, () => Promise.resolve())).recovered).toBe(true);
    for (let n = 10; n <= 12; n++) await publish(channel, value(n));
    for (const one of [client, stayer]) {
      await one.publication(channel, value(12));
      expect(one.received(channel)).toEqual(numbers(1, 12).map(value));
    }
  });

  test('[checklist 60, 59] the back end subscribes clients from a position on, and unsubscribes them', async () => {
    const channel = uniqueChannel('stream');
    await publishRange(channel, 1, 5);
    const client = await place.create(server.current.endpoint);
    const { client: id } = await client.connect();
    const epoch = (await callApi(server.current, 'history', { channel })).result.epoch;
    await callApi(server.current, 'subscribe', { user: '', client: id, channel, recover_since: { offset: 2, epoch } });
    expect((await client.event('subscribed')).entry.context).toMatchObject({ channel, recoverable: true, positioned: true });
    const seen = () => client.events.entries.filter(({ event, context }) => event === 'publication' && context.channel === channel).map(({ context }) => context.data.json);
    await publish(channel, 6);
    await client.events.wait('the publication 6', ({ event, context }) => event === 'publication' && context.data?.json === 6);
    expect(seen()).toEqual([3, 4, 5, 6]);
    await callApi(server.current, 'unsubscribe', { user: '', client: id, channel });
    expect((await client.event('unsubscribed')).entry.context).toMatchObject({ channel });
  });
});

test('[checklist 67, I5] after a restart without its history the server says so on every wire', async () => {
  const port = await freePort();
  const channel = uniqueChannel('stream');
  const first = await Server.start(settings, port);
  const clients = await Promise.all(places.map((place) => place.create(first.endpoint)));
  for (const client of clients) {
    await client.connect();
    await client.subscribe(channel);
  }
  await callApi(first, 'publish', { channel, data: 1 });
  for (const client of clients) await client.publication(channel, 1);
  const before = clients.map((client) => client.events.last);
  first.signal('SIGKILL');
  await first.exited;
  const second = await Server.start(settings, port);
  try {
    for (const [i, client] of clients.entries()) {
      const { entry } = await client.event(`subscribed:${channel}`, { after: before[i]! });
      expect(entry.context, client.name).toMatchObject({ recovered: false, wasRecovering: true });
    }
  } finally {
    await endClients();
    await second.stop();
    await first.stop();
  }
});
