import { afterEach, describe, expect, test } from 'vitest';
import { apiKey, callApi, postApi } from '../harness/api';
import { RawClient } from '../harness/raw';
import { endClients, sdkPlaces, type SdkClient, type SdkPlace } from '../harness/sdk';
import { ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

const server = useServer(withSettings(ordinary, { http_api: { key: apiKey } }));
const places = sdkPlaces();
const call = (method: string, body: unknown) => callApi(server.current, method, body);

afterEach(endClients);

describe.each(places)('the HTTP API, seen by the SDK in $name', (place) => {
  test('publish: every subscriber gets data and tags, and no publisher [checklist 75]', async () => {
    const channel = uniqueChannel('closed');   // nobody but the API may publish here
    const open = uniqueChannel();
    const { client } = await connected(place);
    await client.subscribe(open);
    expect(await call('publish', { channel: open, data: { text: 'hi' }, tags: { lang: 'en' } })).toEqual({ result: {} });
    const publication = await client.publication(open, { text: 'hi' });
    expect(publication.tags).toEqual({ lang: 'en' });
    expect(publication.info).toBeUndefined();
    expect(await call('publish', { channel, data: 1 })).toEqual({ result: {} });
  });

  test('broadcast: each channel gets it, each has its own outcome', async () => {
    const [a, b] = [uniqueChannel(), uniqueChannel()];
    const { client } = await connected(place);
    await client.subscribe(a);
    await client.subscribe(b);
    const reply = await call('broadcast', { channels: [a, 'nowhere:x', b], data: { n: 1 } });
    expect(reply).toEqual({ result: { responses: [{ result: {} }, { error: { code: 102, message: 'unknown channel' } }, { result: {} }] } });
    await client.publication(a, { n: 1 });
    await client.publication(b, { n: 1 });
  });

  test('[checklist 59] unsubscribe: the SDK is told 2000 and stays unsubscribed', async () => {
    const [channel, marker] = [uniqueChannel(), uniqueChannel()];
    const { client, id } = await connected(place);
    await client.subscribe(channel);
    await client.subscribe(marker);
    expect(await call('unsubscribe', { user: '', client: id, channel })).toEqual({ result: {} });
    expect((await client.event(`unsubscribed:${channel}`)).entry.context).toMatchObject({ code: 2000, reason: 'server unsubscribe' });
    await call('publish', { channel, data: 'missed' });
    await call('publish', { channel: marker, data: 'marker' });
    await client.publication(marker, 'marker');
    await client.rpc('ping', {});
    expect(client.received(channel)).toEqual([]);
    expect(client.connectionEvents).toEqual(['connecting', 'connected']);
  });

  test('[checklist 60] subscribe: a server-side subscription begins, publications follow, unsubscribe ends it', async () => {
    const channel = uniqueChannel('closed');
    const { client, id } = await connected(place);
    expect(await call('subscribe', { user: '', client: id, channel, data: { welcome: true } })).toEqual({ result: {} });
    const { context } = (await client.event('subscribed')).entry;
    expect(context).toMatchObject({ channel, data: { json: { welcome: true } }, recoverable: false, positioned: false });
    await call('publish', { channel, data: 'pushed' });
    const publication = (await client.event('publication')).entry.context;
    expect(publication).toMatchObject({ channel, data: { json: 'pushed' } });
    await call('unsubscribe', { user: '', client: id, channel });
    expect((await client.event('unsubscribed')).entry.context.channel).toBe(channel);
  });

  test('[checklist 118] disconnect: 3503 and the SDK stays away; with a code of one\'s own it does what the code says', async () => {
    const [gone, back] = [await connected(place), await connected(place)];
    expect(await call('disconnect', { user: '', client: gone.id })).toEqual({ result: {} });
    expect((await gone.client.event('disconnected')).entry.context).toEqual({ code: 3503, reason: 'force disconnect' });

    const after = back.client.events.last;
    await call('disconnect', { user: '', client: back.id, disconnect: { code: 4001, reason: 'come again' } });
    const { entry, index } = await back.client.event('connecting', { after });
    expect(entry.context).toEqual({ code: 4001, reason: 'come again' });
    const again = await back.client.event('connected', { after: index });
    expect(again.entry.context.client).not.toBe(back.id);
  });
});

test('[checklist 32] a binary publication of the API closes JSON subscribers with 3506 and leaves Protobuf subscribers alone', async () => {
  const channel = uniqueChannel();
  const json = await RawClient.connect(server.current);
  const protobuf = await RawClient.connect(server.current, { wire: 'protobuf' });
  for (const client of [json, protobuf]) await client.call({ subscribe: { channel } });
  const bytes = Buffer.from([1, 0, 255]);
  await call('publish', { channel, b64data: bytes.toString('base64') });
  expect(await json.closed()).toEqual({ code: 3506, reason: 'inappropriate protocol' });
  expect((await protobuf.publication(channel)).data).toEqual(bytes);
  await protobuf.roundTrip();
});

test('[checklist 118] disconnect of a user spares the clients of the whitelist', async () => {
  const clients = await Promise.all([1, 2, 3].map(() => RawClient.open(server.current)));
  const ids = await Promise.all(clients.map(async (client) => (await client.call({ connect: {} })).connect.client as string));
  await call('disconnect', { user: '', whitelist: [ids[1]] });
  for (const i of [0, 2]) expect((await clients[i]!.closed()).code).toBe(3503);
  await clients[1]!.roundTrip();
});

test('[checklist 115] a repeated idempotency key publishes once', async () => {
  const channel = uniqueChannel();
  const client = await RawClient.connect(server.current);
  await client.call({ subscribe: { channel } });
  for (const data of ['first', 'second']) expect(await call('publish', { channel, data, idempotency_key: 'once' })).toEqual({ result: {} });
  await call('publish', { channel, data: 'end' });
  await client.publication(channel, ({ data }) => data === 'end');
  expect(client.publications(channel).map(({ data }) => data)).toEqual(['first', 'end']);
});

test('[checklist 117] batch answers in order, each command with its own result or error, and HTTP 200', async () => {
  const channel = uniqueChannel();
  const client = await RawClient.connect(server.current);
  await client.call({ subscribe: { channel } });
  const reply = await call('batch', { commands: [{ publish: { channel, data: 1 } }, { publish: { channel: 'nowhere:x', data: 1 } }, { nothing: {} }, { publish: { channel, data: 2 } }] });
  expect(reply).toEqual({ replies: [{ publish: {} }, { error: { code: 102, message: 'unknown channel' } }, { error: { code: 104, message: 'method not found' } }, { publish: {} }] });
  await client.publication(channel, ({ data }) => data === 2);
  expect(client.publications(channel).map(({ data }) => data)).toEqual([1, 2]);
});

test('channels and info tell what is there', async () => {
  const channel = uniqueChannel();
  const client = await RawClient.connect(server.current);
  await client.call({ subscribe: { channel } });
  expect((await call('channels', { pattern: channel })).result.channels).toEqual({ [channel]: { num_clients: 1 } });
  const [node] = (await call('info', {})).result.nodes;
  expect(node.num_clients).toBeGreaterThan(0);
  expect(node.version).toBeTypeOf('string');
});

describe('[checklist 114] the key of the API', () => {
  const body = JSON.stringify({ channel: 'x', data: 1 });

  test.each([
    ['X-API-Key', { 'X-API-Key': apiKey }, ''],
    ['Authorization', { Authorization: `apikey ${apiKey}` }, ''],
    ['a query parameter', {}, `?api_key=${apiKey}`],
  ])('is taken from %s', async (_, headers, query) => {
    const response = await postApi(server.current, 'publish', body, headers as Record<string, string>, query);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ result: {} });
  });

  test.each([
    ['missing', {}],
    ['wrong', { 'X-API-Key': 'guess' }],
    ['of another kind', { Authorization: `Bearer ${apiKey}` }],
  ])('that is %s is answered with 401', async (_, headers) => {
    expect((await postApi(server.current, 'publish', body, headers as Record<string, string>)).status).toBe(401);
  });
});

test('what the API cannot read is 400, another HTTP method 405, an unknown method 404 or error 104', async () => {
  const key = { 'X-API-Key': apiKey };
  expect((await postApi(server.current, 'publish', '{', key)).status).toBe(400);
  expect((await postApi(server.current, 'publish', '', key)).status).toBe(400);
  expect((await fetch(`${server.current.origin}/api/publish`, { headers: key })).status).toBe(405);
  const unknown = await postApi(server.current, 'nothing', '{}', key);
  if (unknown.status === 200) expect(await unknown.json()).toEqual({ error: { code: 104, message: 'method not found' } });
  else expect(unknown.status).toBe(404);
});

test('the API under many calls at once: every call is answered, every publication arrives', async () => {
  const channel = uniqueChannel();
  const client = await RawClient.connect(server.current);
  await client.call({ subscribe: { channel } });
  const count = 300;
  await Promise.all(Array.from({ length: count }, (_, n) => call('publish', { channel, data: n })));
  await client.publication(channel, () => client.publications(channel).length === count);
  expect(client.publications(channel).map(({ data }) => data as number).sort((x, y) => x - y)).toEqual(Array.from({ length: count }, (_, n) => n));
});

async function connected(place: SdkPlace): Promise<{ client: SdkClient; id: string }> {
  const client = await place.create(server.current.endpoint);
  return { client, id: (await client.connect()).client as string };
}
