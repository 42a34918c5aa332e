import { afterEach, describe, expect, test } from 'vitest';
import { apiKey, callApi } from '../harness/api';
import { RawClient, wires } from '../harness/raw';
import { endClients, sdkPlaces, type SdkClient } from '../harness/sdk';
import { ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

const readable = { subscription_type: 'map', allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true };
const writable = {
  allow_publish_for_client: true, allow_publish_for_anonymous: true, allow_remove_for_client: true, allow_remove_for_anonymous: true,
};
const persistent = { mode: 'persistent', stream_size: 1000, ...writable };
const settings = withSettings(ordinary, {
  http_api: { key: apiKey },
  channel: {
    namespaces: [
      { name: 'board', ...readable, map: persistent },
      { name: 'game', ...readable, map: { mode: 'recoverable', key_ttl: '30s', ...writable } },
      { name: 'cursors', ...readable, map: { mode: 'ephemeral', key_ttl: '30s', ...writable } },
      { name: 'brief', ...readable, map: { mode: 'recoverable', key_ttl: '1s' } },
      { name: 'fleeting', ...readable, map: { mode: 'ephemeral', key_ttl: '1s' } },
      { name: 'delta', ...readable, allowed_delta_types: ['fossil'], delta_publish: true, map: persistent },
      { name: 'own', ...readable, map: { ...persistent, client_key: 'client_id', remove_client_on_unsubscribe: true } },
      { name: 'users', ...readable, map: { ...persistent, client_key: 'user_id' } },
      { name: 'readonly', ...readable, map: { mode: 'persistent' } },
      { name: 'tagged', ...readable, allow_tags_filter: true, map: persistent },
      { name: 'clients', ...readable, subscription_type: 'map_clients', map: { mode: 'ephemeral', key_ttl: '60s' } },
      { name: 'people', ...readable, subscription_type: 'map_users', map: { mode: 'ephemeral', key_ttl: '60s' } },
      { name: 'room', ...readable, subscription_type: 'stream', map_clients_presence_channel_prefix: 'clients:', map_users_presence_channel_prefix: 'people:' },
      { name: 'gathered', ...readable, map: { ...persistent, publish_debounce: '200ms' } },
    ],
  },
});
const server = useServer(settings);
const places = sdkPlaces();

afterEach(endClients);

const set = async (channel: string, key: string, data: unknown, more: Record<string, unknown> = {}) => {
  const { result, error } = await callApi(server.current, 'map_publish', { channel, key, data, ...more });
  expect(error).toBeUndefined();
  return result as Record<string, any>;
};
const remove = async (channel: string, key: string) => (await callApi(server.current, 'map_remove', { channel, key })).result;

async function setMany(channel: string, keys: string[], data: unknown): Promise<void> {
  for (let start = 0; start < keys.length; start += 200) {
    await callApi(server.current, 'batch', { commands: keys.slice(start, start + 200).map((key) => ({ map_publish: { channel, key, data } })) });
  }
}

const keyNames = (count: number) => Array.from({ length: count }, (_, i) => `key-${String(i).padStart(4, '0')}`);

/** The state on the server. */
async function stateOf(channel: string): Promise<Record<string, unknown>> {
  const { result } = await callApi(server.current, 'map_read_state', { channel, limit: -1 });
  return Object.fromEntries(result.entries.map((entry: any) => [entry.key, entry.data]));
}

/** The state as an application has it that listens to `sync` and `update`. */
function viewOf(client: SdkClient, channel: string): Record<string, unknown> {
  let view: Record<string, unknown> = {};
  for (const { event, context } of client.events.entries) {
    if (event === `sync:${channel}`) view = Object.fromEntries(context.entries.map((entry: any) => [entry.key, entry.data.json]));
    if (event !== `update:${channel}`) continue;
    if (context.removed) delete view[context.key];
    else view[context.key] = context.data.json;
  }
  return view;
}

async function converges(client: SdkClient, channel: string): Promise<void> {
  await expect.poll(async () => viewOf(client, channel), { timeout: 8_000 }).toEqual(await stateOf(channel));
}

describe.each(places)('keyed state in $name', (place) => {
  async function subscriber(channel: string, options: Record<string, unknown> = {}): Promise<SdkClient> {
    const client = await place.create(server.current.endpoint);
    await client.connect();
    await client.subscribe(channel, { kind: 'map', ...options });
    return client;
  }

  const update = (client: SdkClient, channel: string, key: string, after = -1) =>
    client.events.wait(`an update of ${key}`, ({ event, context }) => event === `update:${channel}` && context.key === key, { after });

  test.each(['board', 'game', 'cursors'])('[checklist 105] a %s with few keys is there at once, and changes follow', async (namespace) => {
    const channel = uniqueChannel(namespace);
    await set(channel, 'a', { n: 1 });
    await set(channel, 'b', { n: 2 });
    const client = await subscriber(channel);
    const sync = await client.event(`sync:${channel}`);
    expect(sync.entry.context.entries.map((entry: any) => [entry.key, entry.data.json]).sort()).toEqual([['a', { n: 1 }], ['b', { n: 2 }]]);
    await set(channel, 'a', { n: 3 });
    expect((await update(client, channel, 'a')).entry.context.data.json).toEqual({ n: 3 });
    await remove(channel, 'b');
    expect((await update(client, channel, 'b')).entry.context.removed).toBe(true);
    await converges(client, channel);
  });

  test.each(['board', 'cursors'])('[checklist 106, 107] 350 keys of a %s load in pages while they are written', async (namespace) => {
    const channel = uniqueChannel(namespace);
    const keys = keyNames(350);
    await setMany(channel, keys, 0);
    const [client] = await Promise.all([subscriber(channel), setMany(channel, keys.filter((_, i) => i % 3 === 0), 1)]);
    await client.event(`sync:${channel}`);
    await setMany(channel, keys.slice(100, 150), 2);
    await remove(channel, keys[7]!);
    await converges(client, channel);
    expect(Object.keys(viewOf(client, channel))).toHaveLength(349);
  });

  test.each(['board', 'game'])('[checklist 108] a client of a %s that comes back is given only what changed', async (namespace) => {
    const channel = uniqueChannel(namespace);
    await setMany(channel, keyNames(20), 0);
    const client = await subscriber(channel);
    await client.event(`sync:${channel}`);
    await client.act('disconnect');
    await client.event('disconnected');
    await set(channel, 'key-0003', 1);
    await remove(channel, 'key-0004');
    const after = client.events.last;
    await client.act('connect');
    expect((await client.event(`subscribed:${channel}`, { after })).entry.context).toMatchObject({ recovered: true, wasRecovering: true });
    await update(client, channel, 'key-0004', after);
    expect(client.events.entries.slice(after + 1).filter(({ event }) => event === `sync:${channel}`)).toHaveLength(0);
    expect(client.events.entries.slice(after + 1).filter(({ event }) => event === `update:${channel}`)).toHaveLength(2);
    await converges(client, channel);
  });

  test('[checklist 108] a client whose stream is another one loads the state again', async () => {
    const channel = uniqueChannel('board');
    await set(channel, 'old', 1);
    const client = await subscriber(channel);
    await client.event(`sync:${channel}`);
    await client.act('disconnect');
    await client.event('disconnected');
    await callApi(server.current, 'map_clear', { channel });
    await set(channel, 'new', 1);
    const after = client.events.last;
    await client.act('connect');
    await client.event(`sync:${channel}`, { after });
    expect(viewOf(client, channel)).toEqual({ new: 1 });
  });

  test('clearing while clients are there makes them load again', async () => {
    for (const namespace of ['board', 'cursors']) {
      const channel = uniqueChannel(namespace);
      await set(channel, 'a', 1);
      const client = await subscriber(channel);
      await client.event(`sync:${channel}`);
      await callApi(server.current, 'map_clear', { channel });
      await expect.poll(() => viewOf(client, channel), { timeout: 8_000 }).toEqual({});
      await set(channel, 'b', 1);
      await converges(client, channel);
    }
  });

  test.each(['brief', 'fleeting'])('[checklist 109] a key of a %s channel that is not written again goes', async (namespace) => {
    const channel = uniqueChannel(namespace);
    const client = await subscriber(channel);
    await set(channel, 'a', 1);
    await update(client, channel, 'a');
    const after = client.events.last;
    expect((await update(client, channel, 'a', after)).entry.context.removed).toBe(true);
    expect(await stateOf(channel)).toEqual({});
  });

  test('clients write and remove keys, and others see who wrote', async () => {
    const channel = uniqueChannel('board');
    const [writer, reader] = await Promise.all([subscriber(channel), subscriber(channel)]);
    await writer.act('setKey', channel, 'a', { json: { x: 1 } });
    const seen = await update(reader, channel, 'a');
    expect(seen.entry.context).toMatchObject({ data: { json: { x: 1 } }, info: { user: '' } });
    await writer.act('removeKey', channel, 'a');
    expect((await update(reader, channel, 'a', seen.index)).entry.context.removed).toBe(true);
    await writer.act('removeKey', channel, 'a');
    await converges(reader, channel);
  });

  test('a client that may not write is told so', async () => {
    const channel = uniqueChannel('readonly');
    const client = await subscriber(channel);
    await expect(client.act('setKey', channel, 'a', { json: 1 })).rejects.toMatchObject({ code: 103 });
    await expect(client.act('removeKey', channel, 'a')).rejects.toMatchObject({ code: 103 });
    const users = uniqueChannel('users');
    const anonymous = await subscriber(users);
    await expect(anonymous.act('setKey', users, 'a', { json: 1 })).rejects.toMatchObject({ code: 103 });
  });

  test('[checklist 110] the key is the connection where the namespace says so, and goes with its subscription', async () => {
    const channel = uniqueChannel('own');
    const [writer, reader] = await Promise.all([subscriber(channel), subscriber(channel)]);
    const { client: id } = (await writer.event('connected')).entry.context;
    await writer.act('setKey', channel, 'somebody else', { json: { x: 1 } });
    const written = await update(reader, channel, id);
    await writer.act('disconnect');
    expect((await update(reader, channel, id, written.index)).entry.context.removed).toBe(true);
  });

  test('deltas per key arrive as the values they stand for', async () => {
    const channel = uniqueChannel('delta');
    const value = (n: number, key: string) => ({ key, text: 'which stays the same from one value to the next', n });
    for (const key of ['a', 'b']) await set(channel, key, value(0, key));
    const client = await subscriber(channel, { delta: 'fossil' });
    await client.event(`sync:${channel}`);
    for (let n = 1; n <= 5; n++) for (const key of ['a', 'b', 'c']) await set(channel, key, value(n, key));
    await remove(channel, 'a');
    await set(channel, 'a', value(6, 'a'));
    await converges(client, channel);
    await client.act('disconnect');
    await client.event('disconnected');
    await set(channel, 'b', value(7, 'b'));
    const after = client.events.last;
    await client.act('connect');
    await client.event(`subscribed:${channel}`, { after });
    for (let n = 8; n <= 10; n++) for (const key of ['a', 'b', 'c']) await set(channel, key, value(n, key));
    await converges(client, channel);
  });

  test('a tags filter holds for the state and for changes', async () => {
    const channel = uniqueChannel('tagged');
    await set(channel, 'r1', 1, { tags: { team: 'red' } });
    await set(channel, 'b1', 1, { tags: { team: 'blue' } });
    const client = await subscriber(channel, { tagsFilter: { key: 'team', cmp: 'eq', val: 'red' } });
    await client.event(`sync:${channel}`);
    await set(channel, 'b2', 1, { tags: { team: 'blue' } });
    await set(channel, 'r2', 1, { tags: { team: 'red' } });
    await update(client, channel, 'r2');
    expect(viewOf(client, channel)).toEqual({ r1: 1, r2: 1 });
  });

  test('[checklist 112] presence as keys shows who subscribes and who leaves', async () => {
    const channel = uniqueChannel('room');
    const watched = `clients:${channel}`;
    const watcher = await subscriber(watched, { kind: 'map_clients' });
    const guest = await place.create(server.current.endpoint);
    const { client: id } = await guest.connect();
    await guest.subscribe(channel);
    const there = await update(watcher, watched, id);
    expect(there.entry.context.info).toMatchObject({ client: id, user: '' });
    await guest.act('unsubscribe', channel);
    expect((await update(watcher, watched, id, there.index)).entry.context.removed).toBe(true);
    await subscriber(`people:${channel}`, { kind: 'map_users' });
  });

  test('the SDK gathers the writes of a key for as long as it is told', async () => {
    const channel = uniqueChannel('gathered');
    const [writer, reader] = await Promise.all([subscriber(channel), subscriber(channel)]);
    await writer.act('setKeyTo', channel, 'a', Array.from({ length: 20 }, (_, i) => ({ json: i + 1 })));
    await reader.events.wait('the last value', ({ event, context }) => event === `update:${channel}` && context.data?.json === 20);
    expect(reader.events.entries.filter(({ event }) => event === `update:${channel}`).length).toBeLessThan(5);
  });
});

describe.each(wires)('keyed state on the %s wire', (wire) => {
  const subscribe = async (client: RawClient, channel: string, more: Record<string, unknown>) =>
    client.call({ subscribe: { channel, type: 1, ...more } }) as Promise<Record<string, any>>;

  test('[checklist 106] page by page, with the protocol\'s errors on the way', async () => {
    const channel = uniqueChannel('board');
    await setMany(channel, keyNames(250), 0);
    const client = await RawClient.connect(server.current, { wire });
    const first = (await subscribe(client, channel, { phase: 2 })).subscribe;
    expect(first).toMatchObject({ type: 1, phase: 2 });
    expect(first.state).toHaveLength(100);
    const position = { offset: first.offset, epoch: first.epoch };
    expect((await subscribe(client, channel, { phase: 2 })).error.code).toBe(105);
    const second = (await subscribe(client, channel, { phase: 2, cursor: first.cursor, ...position })).subscribe;
    const third = (await subscribe(client, channel, { phase: 2, cursor: second.cursor, ...position })).subscribe;
    expect(third).toMatchObject({ type: 1, recoverable: true, positioned: true });
    expect(third.phase ?? 0).toBe(0);
    expect(new Set([...first.state, ...second.state, ...third.state].map((entry) => entry.key)).size).toBe(250);
    expect((await subscribe(client, channel, { phase: 2 })).error.code).toBe(105);
    expect((await subscribe(client, channel, { phase: 2, cursor: 'x', ...position })).error.code).toBe(103);
    expect((await subscribe(client, uniqueChannel('board'), { phase: 1, offset: 1, epoch: 'x' })).error.code).toBe(103);
    expect((await subscribe(client, uniqueChannel('board'), { phase: 1, recover: true, offset: 0, epoch: 'foreign' })).error.code).toBe(112);
    expect((await subscribe(client, uniqueChannel('cursors'), { phase: 1, recover: true, offset: 1, epoch: 'x' })).error.code).toBe(107);
    expect((await client.call({ subscribe: { channel: uniqueChannel('board') } })).error).toMatchObject({ code: 103 });
    expect((await client.call({ subscribe: { channel: uniqueChannel(), type: 1, phase: 2 } })).error).toMatchObject({ code: 103 });
  });

  test('loading that never ends closes with 3008', async () => {
    const channel = uniqueChannel('board');
    await setMany(channel, keyNames(150), 0);
    const client = await RawClient.connect(server.current, { wire });
    await subscribe(client, channel, { phase: 2 });
    expect((await client.closed()).code).toBe(3008);
  });
});

test('[checklist 111] if_new on an existing key is suppressed with reason key_exists', async () => {
  const channel = uniqueChannel('board');
  expect(await set(channel, 'a', 1, { key_mode: 'if_new' })).not.toHaveProperty('suppressed');
  expect(await set(channel, 'a', 2, { key_mode: 'if_new' })).toMatchObject({ suppressed: true, suppress_reason: 'key_exists' });
  expect(await stateOf(channel)).toEqual({ a: 1 });
});
