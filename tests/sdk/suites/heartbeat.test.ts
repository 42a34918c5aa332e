import { describe, expect, test } from 'vitest';
import { isPing, RawClient, wires } from '../harness/raw';
import { allTransports, endClients, sdkPlaces } from '../harness/sdk';
import { ordinary, useServer, withSettings } from '../harness/server';

const server = useServer(withSettings(ordinary, { client: { ping_interval: '1s', pong_timeout: '900ms' } }));
const places = sdkPlaces(allTransports);

/** Seconds the heartbeat is watched; a minute in the long run. */
const seconds = process.env.STARLING_LONG === '1' ? 60 : 6;

// They run at the same time: nearly all they do is wait for the next ping.
test.concurrent(`clients that answer pings stay connected for ${seconds} s`, async ({ onTestFinished }) => {
  onTestFinished(endClients);
  const clients = await Promise.all(places.map((place) => place.create(server.current.endpoint)));
  const raws = await Promise.all(wires.map((wire) => RawClient.connect(server.current, { wire })));
  const native = await RawClient.connect(server.current, { query: 'cf_ws_frame_ping_pong=true' });
  for (const client of clients) await client.connect();
  await Promise.all(raws.map((raw) => raw.replies.wait(`ping ${seconds}`, () => raw.replies.entries.filter(isPing).length >= seconds, { deadline: (seconds + 5) * 1000 })));
  for (const client of clients) {
    await client.rpc('ping', {});
    expect(client.connectionEvents, client.name).toEqual(['connecting', 'connected']);
  }
  for (const raw of raws) await raw.roundTrip();
  await native.roundTrip();
  expect(native.nativePings.entries.length).toBeGreaterThanOrEqual(seconds - 2);
});

describe.concurrent.each(wires)('the heartbeat on the %s wire', (wire) => {
  test('[checklist 87] pings come at the announced interval', async () => {
    const client = await RawClient.open(server.current, { wire });
    const { connect } = await client.call({ connect: {} });
    expect(connect).toMatchObject({ ping: 1, pong: true });
    const times: number[] = [];
    await client.frames.wait('four pings', ({ data }) => {
      if (data.equals(wire === 'json' ? Buffer.from('{}') : Buffer.from([0]))) times.push(performance.now());
      return times.length === 4;
    });
    expect(times[3]! - times[0]!).toBeGreaterThan(2_000);   // three intervals, unless this machine is late with one of them
  });

  test('[checklist 88] a client that never answers closes with 3012', async () => {
    const client = await RawClient.connect(server.current, { wire, pongs: 'withheld' });
    expect(await client.closed()).toEqual({ code: 3012, reason: 'no pong' });
    expect(client.replies.entries.filter(isPing).length).toBe(1);
  });

  test('[checklist 89] a pong nobody asked for closes with 3501', async () => {
    const client = await RawClient.connect(server.current, { wire });
    client.send({});
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
  });

  test('[checklist 89] a second pong for one ping closes with 3501', async () => {
    const client = await RawClient.connect(server.current, { wire, pongs: 'withheld' });
    await client.replies.wait('a ping', isPing);
    client.send({}, {});
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
  });

  test('any command counts as life', async () => {
    const client = await RawClient.connect(server.current, { wire, pongs: 'withheld' });
    for (let pings = 1; pings <= 3; pings++) {
      await client.replies.wait(`ping ${pings}`, () => client.replies.entries.filter(isPing).length >= pings);
      await client.roundTrip();
    }
  });
});

test.concurrent('[checklist 12] native pings come instead of protocol pings where that is asked for, and must be answered', async () => {
  const answers = await RawClient.connect(server.current, { query: 'cf_ws_frame_ping_pong=true' });
  const silent = await RawClient.connect(server.current, { query: 'cf_ws_frame_ping_pong=true', nativePongs: 'withheld' });
  await answers.nativePings.wait('two native pings', () => answers.nativePings.entries.length === 2);
  expect(answers.replies.entries.filter(isPing)).toEqual([]);
  expect((await silent.closed()).code).toBe(3012);
  await answers.roundTrip();
});
