import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { within } from '../harness/deadline';
import { StreamListener } from '../harness/listener';
import { idleLimit, programOf, Proxy, proxyKinds, stubbornProxy, type ProxyKind } from '../harness/proxies';
import { allTransports, endClients, sdkPlaces } from '../harness/sdk';
import { open, ordinary, Server, uniqueChannel, withSettings } from '../harness/server';

// Pings come below the proxies' idle limit, as the default of 25 s does below the usual minute.
const settings = withSettings(ordinary, {
  client: { ping_interval: '1s', pong_timeout: '900ms' },
  channel: { without_namespace: { ...open(), history_size: 100, history_ttl: '5m', force_recovery: true } },
  uni_sse: { enabled: true },
  uni_http_stream: { enabled: true },
  long_poll: { enabled: true },
});
const places = sdkPlaces(allTransports).filter((place) => place.runtime === 'Node');
const listeners: StreamListener[] = [];
let server: Server;
let proxy: Proxy | undefined;

beforeAll(async () => {
  server = await Server.start(settings);
});

afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.close();
  await endClients();
  proxy?.stop();
});

afterAll(async () => {
  await server?.stop();
  server?.expectNoErrors();
});

async function startProxy(kind: ProxyKind): Promise<Proxy> {
  return (proxy = await Proxy.start(kind, server.port));
}

function listen(origin: string, transport: 'uni_sse' | 'uni_http_stream', channel: string): StreamListener {
  const listener = StreamListener.open(origin, transport, { subs: { [channel]: {} } });
  listeners.push(listener);
  return listener;
}

async function poll(origin: string, query: string): Promise<{ position: string; pushes: { pub: { data: unknown } }[] }> {
  const response = await within('a long poll to be answered', fetch(`${origin}/connection/long_poll?${query}`));
  expect(response.status).toBe(200);
  return response.json() as never;
}

describe.each(proxyKinds.filter(programOf))('behind $name', (kind) => {
  test('every transport delivers at once and outlives the idle limit', { timeout: 60_000 }, async () => {
    const { origin, endpoint } = await startProxy(kind);
    const channel = uniqueChannel();
    const clients = await Promise.all(places.map((place) => place.create(endpoint)));
    for (const client of clients) {
      await client.connect();
      await client.subscribe(channel);
    }
    const heard = [listen(origin, 'uni_sse', channel), listen(origin, 'uni_http_stream', channel)];
    for (const listener of heard) await listener.pushes.wait('the connect push', (push) => push.connect !== undefined);
    const { position } = await poll(origin, `channel=${channel}`);
    const polled = poll(origin, `channel=${channel}&position=${position}`);

    const started = performance.now();
    await clients[0]!.publish(channel, 'first');
    for (const client of clients) await client.publication(channel, 'first');
    for (const listener of heard) await listener.pushes.wait('the publication', (push) => push.pub?.data === 'first');
    expect((await polled).pushes.map(({ pub }) => pub.data)).toEqual(['first']);
    expect(performance.now() - started).toBeLessThan(2_000);

    // One ping a second: when so many have come, the idle limit has passed twice.
    await heard[0]!.pushes.wait('pings beyond the idle limit', () => heard[0]!.pings > 2 * idleLimit, { deadline: 20_000 });
    await clients[0]!.publish(channel, 'last');
    for (const client of clients) {
      await client.publication(channel, 'last');
      expect(client.received(channel), client.name).toEqual(['first', 'last']);
      expect(client.connectionEvents, client.name).toEqual(['connecting', 'connected']);
    }
    for (const listener of heard) await listener.pushes.wait('the last publication', (push) => push.pub?.data === 'last');
  });
});

test.skipIf(!programOf(stubbornProxy))(`behind ${stubbornProxy.name}, long polling still gets through`, async () => {
  const { origin } = await startProxy(stubbornProxy);
  const channel = uniqueChannel();
  const client = await places[0]!.create(server.endpoint);
  await client.connect();
  const held = listen(origin, 'uni_sse', channel);
  let { position } = await poll(origin, `channel=${channel}`);
  for (let n = 0; n < 5; n++) {
    const polled = poll(origin, `channel=${channel}&position=${position}`);
    await client.publish(channel, n);
    const answer = await polled;
    expect(answer.pushes.map(({ pub }) => pub.data)).toEqual([n]);
    position = answer.position;
  }
  expect(held.pushes.entries).toEqual([]);   // the proxy has it all, and keeps it
});
