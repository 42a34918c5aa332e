import { describe, expect, test } from 'vitest';
import { carriers } from '../harness/carriers';
import { RawClient } from '../harness/raw';
import { open, ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

// A ring that holds more than the network's buffers: who reads nothing stalls in it before falling off.
const deep = { name: 'deep', ...open(), ring_bytes_max: 64 * 1024 * 1024 };
const settings = withSettings(ordinary, { client: { write_stall_timeout: '1s' }, channel: { namespaces: [deep] } });

const payload = 'x'.repeat(10_000);

/** Publishes in portions; the next one goes out when the one before has reached those who read. */
async function flood(publisher: RawClient, channel: string, count: number, readers: RawClient[]): Promise<void> {
  const portion = 20;
  for (let n = 0; n < count; n++) {
    publisher.send({ id: publisher.nextId(), publish: { channel, data: { n, payload } } });
    if ((n + 1) % portion !== 0) continue;
    await publisher.roundTrip();
    for (const reader of readers) await reader.publication(channel, ({ data }) => data.n === n);
  }
}

describe.each(carriers)('a client that reads slowly, $name', ({ more }) => {
  const server = useServer(withSettings(settings, more));
  const patient = useServer(withSettings(ordinary, more));   // how long the flood takes is the machine's affair

  test('[checklist 95] that has stopped is closed, and costs the others nothing', async () => {
    const channel = uniqueChannel();
    const stuck = await RawClient.connect(server.current);
    const reader = await RawClient.connect(server.current);
    const publisher = await RawClient.connect(server.current);
    await stuck.call({ subscribe: { channel } });
    await reader.call({ subscribe: { channel } });
    stuck.pauseReading();
    const count = 2_000;
    await flood(publisher, channel, count, [reader]);
    expect(reader.publications(channel).map(({ data }) => data.n)).toEqual(Array.from({ length: count }, (_, n) => n));

    stuck.resumeReading();
    const close = await stuck.closed();
    // What it could still read came in order and without a gap; then it was told, if the network had room for that.
    const seen = stuck.publications(channel).map(({ data }) => data.n);
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, n) => n));
    expect(seen.length).toBeLessThan(count);
    expect([3008, 1006]).toContain(close.code);
  });

  test('that takes nothing for the time it is given is closed, though nothing has overflowed', async () => {
    const channel = uniqueChannel('deep');
    const stuck = await RawClient.connect(server.current);
    const publisher = await RawClient.connect(server.current);
    await stuck.call({ subscribe: { channel } });
    stuck.pauseReading();
    const { lines } = server.current.process;
    const after = lines.last;
    await flood(publisher, channel, 1_500, []);
    const line = /Closing \S+ with 3008: it has taken no byte/;
    await lines.wait('the word that the client reads nothing', (one) => line.test(one), { after });
    stuck.resumeReading();
    expect([3008, 1006]).toContain((await stuck.closed()).code);
  });

  test('that reads again in time misses nothing', async () => {
    const channel = uniqueChannel();
    const client = await RawClient.connect(patient.current);
    const publisher = await RawClient.connect(patient.current, { wire: 'protobuf' });
    await client.call({ subscribe: { channel } });
    client.pauseReading();
    const count = 40;   // less than the ring holds, at two bytes of it for one of payload, whatever the network holds
    await flood(publisher, channel, count, []);
    client.resumeReading();
    await client.publication(channel, ({ data }) => data.n === count - 1);
    expect(client.publications(channel).map(({ data }) => data.n)).toEqual(Array.from({ length: count }, (_, n) => n));
  });
});
