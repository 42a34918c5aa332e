import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BackEnd, sampleSettings, startSample, type SampleKind } from '../harness/backend';
import { freePort } from '../harness/ports';
import type { DotnetProcess } from '../harness/process';
import { RawClient } from '../harness/raw';
import { endClients, sdkPlaces } from '../harness/sdk';
import { Server } from '../harness/server';

const places = sdkPlaces().filter((place) => place.runtime === 'Node' && place.transport === 'websocket');

afterEach(endClients);

describe('a back end that decides', () => {
  let backEnd: BackEnd;
  let server: Server;

  beforeAll(async () => {
    backEnd = await BackEnd.start();
    const channels = { allow_subscribe_for_client: true, subscribe_proxy_enabled: true, publish_proxy_enabled: true };
    server = await Server.start({
      client: {
        allowed_origins: ['*'],
        proxy: {
          connect: { enabled: true, endpoint: backEnd.url('/connect'), http_headers: ['Cookie', 'X-Both'], emulated_headers: ['X-Emulated', 'X-Both'] },
          refresh: { enabled: true, endpoint: backEnd.url('/refresh') },
        },
      },
      channel: {
        proxy: { subscribe: { endpoint: backEnd.url('/subscribe') }, publish: { endpoint: backEnd.url('/publish') } },
        without_namespace: channels,
      },
      rpc: { without_namespace: { proxy_enabled: true }, proxy: { endpoint: backEnd.url('/rpc') } },
    });
  });

  afterAll(async () => {
    await server?.stop();
    backEnd?.stop();
    server?.expectNoErrors();
  });

  beforeEach(() => {
    backEnd.asked.length = 0;
    backEnd.decide = ({ path }) => (path === '/connect' ? { answer: { result: { user: '56' } } } : { answer: {} });
  });

  describe.each(places)('the SDK in $name', (place) => {
    test('[checklist 119] an error, a disconnect, silence and another status are an error, a close, 100 and 100', async () => {
      const client = await place.create(server.endpoint);
      await client.connect();
      await client.subscribe('room');
      const asPublish = (decision: ReturnType<typeof backEnd.decide>) => {
        backEnd.decide = ({ path }) => (path === '/connect' ? { answer: { result: { user: '56' } } } : decision);
      };
      asPublish({ answer: { error: { code: 1000, message: 'custom error' } } });
      await expect(client.publish('room', 1)).rejects.toMatchObject({ code: 1000, message: 'custom error' });
      asPublish('never');
      await expect(client.publish('room', 2)).rejects.toMatchObject({ code: 100 });
      asPublish({ status: 500, answer: { result: {} } });
      await expect(client.publish('room', 3)).rejects.toMatchObject({ code: 100 });
      asPublish({ answer: { disconnect: { code: 4500, reason: 'banned' } } });
      await client.publish('room', 4).catch(() => {});
      expect((await client.event('disconnected')).entry.context).toEqual({ code: 4500, reason: 'banned' });
    });

    test('[checklist 121] an empty subscribe or publish reply allows, an empty connect reply does not authenticate', async () => {
      const client = await place.create(server.endpoint);
      await client.connect();
      await client.subscribe('open');
      await client.publish('open', { text: 'hi' });
      await client.publication('open', { text: 'hi' });
      expect(backEnd.of('/publish')[0]!.body).toMatchObject({ user: '56', channel: 'open', data: { text: 'hi' }, protocol: place.wire, transport: 'websocket' });

      backEnd.decide = () => ({ answer: {} });
      const stranger = await place.create(server.endpoint);
      await stranger.act('connect');
      expect((await stranger.event('disconnected')).entry.context).toMatchObject({ code: 3501 });
    });

    test('[checklist 122] a failing refresh keeps the connection, which is not told that it expires', async () => {
      backEnd.decide = ({ path }) => (path === '/connect' ? { answer: { result: { user: '56', expire_at: Math.floor(Date.now() / 1000) + 2 } } } : { status: 500 });
      const client = await place.create(server.endpoint);
      await client.connect();
      await expect.poll(() => backEnd.of('/refresh').length, { timeout: 10_000 }).toBe(1);
      expect(backEnd.of('/refresh')[0]!.body).toMatchObject({ user: '56' });
      backEnd.decide = () => ({ answer: { result: { data: { still: 'here' } } } });
      expect(await client.rpc('any', {})).toEqual({ json: { still: 'here' } });
      expect(client.connectionEvents).toEqual(['connecting', 'connected']);
    });
  });

  test('[checklist 120] only headers that are allowed reach the back end, and emulated ones from their own list', async () => {
    const client = await RawClient.open(server, { headers: { Cookie: 'session=1', 'X-Other': 'no', 'X-Both': 'real' } });
    client.send({ id: 1, connect: { headers: { 'x-emulated': 'yes', 'X-Both': 'forged', Cookie: 'session=forged', 'X-More': 'no' } } });
    expect((await client.reply(1)).connect).toBeDefined();
    const { headers } = backEnd.of('/connect')[0]!;
    expect(headers).toMatchObject({ cookie: 'session=1', 'x-both': 'real', 'x-emulated': 'yes' });
    expect(Object.keys(headers).filter((name) => /^x-(other|more)$/.test(name))).toEqual([]);
    client.terminate();
  });
});

describe.each<SampleKind>(['Node', 'ASP.NET Core'])('the sample back end in %s', (kind) => {
  let port: number;
  let backEnd: DotnetProcess;
  let server: Server;

  beforeAll(async () => {
    port = await freePort();
    backEnd = await startSample(kind, port);
    server = await Server.start(sampleSettings(port));
  });

  afterAll(async () => {
    await server?.stop();
    await backEnd?.stop();
    server?.expectNoErrors();
  });

  const told = () => backEnd.lines.entries.filter((line) => line.startsWith('event ')).map((line) => line.trimEnd().split(' '));

  test('decides who connects and what is published, is killed in mid-flow and told afterwards what it missed', async () => {
    const place = places[0]!;
    const nobody = await place.create(server.endpoint);
    await nobody.act('connect');
    expect((await nobody.event('disconnected')).entry.context).toEqual({ code: 1000, reason: 'say your name' });

    const ann = await place.create(server.endpoint, { data: { json: { name: 'ann' } } });
    const bob = await place.create(server.endpoint, { data: { json: { name: 'bob' } } });
    for (const client of [ann, bob]) {
      await client.connect();
      await client.subscribe('chat:room');
    }
    await ann.publish('chat:room', { text: 'hello', more: 1 });
    await bob.publication('chat:room', { text: 'hello' });
    await expect(ann.publish('chat:room', { more: 1 })).rejects.toMatchObject({ code: 1001, message: 'say something' });
    await expect.poll(() => told().length, { timeout: 10_000 }).toBeGreaterThanOrEqual(5);
    const before = told().length;
    expect(told()[0]!.slice(1)).toEqual(['1', 'connected', 'ann']);

    backEnd.signal('SIGKILL');
    await backEnd.exited;
    await expect(ann.publish('chat:room', { text: 'is anybody there?' })).rejects.toMatchObject({ code: 100 });
    const late = await RawClient.open(server);
    late.send({ id: 1, connect: { data: { name: 'carl' } } });
    expect((await late.reply(1)).error).toMatchObject({ code: 100, temporary: true });
    late.terminate();
    await bob.act('disconnect');

    backEnd = await startSample(kind, port);
    await expect.poll(() => told().map(([, , type]) => type), { timeout: 20_000 }).toContain('disconnected');
    expect(told().slice(-2).map(([, ...one]) => one)).toEqual([
      [String(before + 1), 'unsubscribed', 'bob', 'chat:room'],
      [String(before + 2), 'disconnected', 'bob'],
    ]);
    await ann.publish('chat:room', { text: 'back again' });
    await ann.publication('chat:room', { text: 'back again' });
  });
});
