import { describe, expect, test } from 'vitest';
import { RawClient, wires } from '../harness/raw';
import { ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

const server = useServer(withSettings(ordinary, { websocket: { compression: true, compression_min_size: 200 } }));
const plain = useServer(ordinary);

describe.each(wires)('permessage-deflate on the %s wire', (wire) => {
  test('is agreed on with a client that offers it, and carries the same messages as a plain connection', async () => {
    const channel = uniqueChannel();
    const compressed = await RawClient.connect(server.current, { wire, deflate: true });
    const uncompressed = await RawClient.connect(server.current, { wire });
    expect(compressed.extensions).toContain('permessage-deflate');
    expect(uncompressed.extensions).toBe('');
    for (const client of [compressed, uncompressed]) await client.call({ subscribe: { channel } });
    const payloads = [1, 'short', 'a'.repeat(199), 'b'.repeat(50_000), { list: Array.from({ length: 500 }, (_, n) => ({ n, name: `item ${n}` })) }, 'end'];
    for (const [i, data] of payloads.entries()) {
      const publisher = i % 2 ? compressed : uncompressed;
      expect((await publisher.call({ publish: { channel, data } })).publish).toEqual({});
    }
    for (const client of [compressed, uncompressed]) {
      await client.publication(channel, ({ data }) => data === 'end');
      expect(client.publications(channel).map(({ data }) => data)).toEqual(payloads);
    }
  });

  test('a message that inflates beyond ten times the limit closes with 1009', async () => {
    const client = await RawClient.connect(server.current, { wire, deflate: true });
    client.send({ id: 9, publish: { channel: uniqueChannel(), data: 'z'.repeat(700_000) } });
    expect((await client.closed()).code).toBe(1009);
  });
});

test('is not agreed on where the server has it off', async () => {
  const client = await RawClient.connect(plain.current, { deflate: true });
  expect(client.extensions).toBe('');
});
