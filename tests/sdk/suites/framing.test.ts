import { describe, expect, test } from 'vitest';
import { encodeUnit, varint, type Message } from '../harness/protobuf';
import { RawClient, UpgradeRefused, wires } from '../harness/raw';
import { ordinary, uniqueChannel, useServer, withSettings } from '../harness/server';

const server = useServer(withSettings(ordinary, { client: { allowed_origins: ['https://app.example'] } }));

describe('the wire of a connection', () => {
  test('[checklist 1] without subprotocol and query it is JSON in text frames', async () => {
    const client = await RawClient.connect(server.current, { subprotocols: [] });
    expect(client.subprotocol).toBe('');
    expect(client.frames.entries.map((frame) => frame.binary)).toEqual([false]);
  });

  test('[checklist 2] the subprotocol centrifuge-protobuf is echoed and means Protobuf in binary frames', async () => {
    const client = await RawClient.connect(server.current, { wire: 'protobuf' });
    expect(client.subprotocol).toBe('centrifuge-protobuf');
    expect(client.frames.entries.map((frame) => frame.binary)).toEqual([true]);
  });

  test('the subprotocol centrifuge-json is echoed and means JSON', async () => {
    const client = await RawClient.connect(server.current, { subprotocols: ['centrifuge-json'] });
    expect(client.subprotocol).toBe('centrifuge-json');
  });

  test.each(['cf_protocol=protobuf', 'format=protobuf'])('[checklist 3] ?%s means Protobuf without a subprotocol', async (query) => {
    const client = await RawClient.connect(server.current, { wire: 'protobuf', subprotocols: [], query });
    expect(client.subprotocol).toBe('');
    expect(client.frames.entries[0]!.binary).toBe(true);
  });

  test('a parameter of old deployments, cf_protocol_version=v2, changes nothing', async () => {
    const client = await RawClient.connect(server.current, { query: 'cf_protocol_version=v2' });
    expect(client.frames.entries[0]!.binary).toBe(false);
  });
});

describe.each(wires)('frames on the %s wire', (wire) => {
  test('[checklist 4] [checklist 6] two commands in one frame are both answered', async () => {
    const client = await RawClient.connect(server.current, { wire });
    const [first, second] = [client.nextId(), client.nextId()];
    client.send({ id: first, rpc: { method: 'ping' } }, { id: second, unsubscribe: { channel: 'none' } });
    expect((await client.reply(first)).rpc).toEqual({});
    expect((await client.reply(second)).unsubscribe).toEqual({});
  });

  test('[checklist 7] replies that share a frame are separated by what the wire has for it and nothing more', async () => {
    const client = await RawClient.open(server.current, { wire });
    client.send({ id: 1, connect: {} }, { id: 2, rpc: { method: 'ping' } }, { id: 3, rpc: { method: 'ping' } });
    await client.reply(3);
    for (const { data } of client.frames.entries) {
      if (wire === 'protobuf') continue;   // its reader has found every length true
      expect(data.toString()).not.toMatch(/\n\n|^\n|\n$/);
    }
    expect(client.replies.entries.map((reply) => reply.id)).toEqual([1, 2, 3]);
  });

  test('[checklist 8] an empty frame closes with 3501', async () => {
    const client = await RawClient.connect(server.current, { wire });
    client.sendFrame(wire === 'json' ? '' : Buffer.alloc(0));
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
  });

  test('[checklist 8] a malformed frame closes with 3501', async () => {
    const client = await RawClient.connect(server.current, { wire });
    client.sendFrame(wire === 'json' ? '{"id":7,"rpc":' : Buffer.from([3, 8, 7, 255]));
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
  });

  test('a command before a malformed one in the same frame is still answered', async () => {
    const client = await RawClient.connect(server.current, { wire });
    if (wire === 'json') client.sendFrame('{"id":9,"rpc":{"method":"ping"}}\n{"id":');
    else client.sendFrame(Buffer.concat([encodeUnit('Command', { id: 9, rpc: { method: 'ping' } }), Buffer.from([200, 1, 8])]));
    expect((await client.closed()).code).toBe(3501);
    expect((await client.reply(9)).rpc).toEqual({});
  });

  test('[checklist 10] a message of 65,536 bytes is taken, a larger one closes with 1009', async () => {
    const channel = uniqueChannel();
    const client = await RawClient.connect(server.current, { wire });
    await client.call({ subscribe: { channel } });
    const command = (id: number, size: number) => frameOf(wire, id, channel, size);
    const id = client.nextId();
    client.sendFrame(command(id, 65_536));
    expect((await client.reply(id)).publish).toEqual({});
    const largest = await client.publication(channel);
    expect(largest.data.length).toBeGreaterThan(65_000);

    client.sendFrame(command(client.nextId(), 65_537));
    expect((await client.closed()).code).toBe(1009);
  });

  test('[checklist 11] a disconnect is the close code with its reason; no disconnect push comes before', async () => {
    const client = await RawClient.connect(server.current, { wire });
    client.send({ id: 5 });
    expect(await client.closed()).toEqual({ code: 3501, reason: 'bad request' });
    expect(client.replies.entries.filter((reply) => reply.push)).toEqual([]);
  });
});

test('[checklist 5] a line feed after the last JSON command is accepted', async () => {
  const client = await RawClient.connect(server.current);
  client.sendFrame('{"id":7,"rpc":{"method":"ping"}}\n');
  expect((await client.reply(7)).rpc).toEqual({});
  await client.roundTrip();
});

test('[checklist 9] a Protobuf length that points beyond the frame closes with 3501', async () => {
  const client = await RawClient.connect(server.current, { wire: 'protobuf' });
  client.sendFrame(Buffer.concat([varint(1_000_000), Buffer.from([8, 7])]));
  expect((await client.closed()).code).toBe(3501);
});

test('a text frame that is not UTF-8 closes with 1007', async () => {
  const client = await RawClient.connect(server.current);
  client.sendInvalidText(Buffer.from('{"id":1,"rpc":{"method":"\xff"}}', 'latin1'));
  expect((await client.closed()).code).toBe(1007);
});

test.each([1000, 1001, 3000, 4999])('a close of the client with %i is answered with the same code', async (code) => {
  const client = await RawClient.connect(server.current);
  client.close(code, 'bye');
  expect((await client.closed()).code).toBe(code);
});

test('a slash at the end of the path is tolerated', async () => {
  const client = await RawClient.connect({ endpoint: `${server.current.endpoint}/` });
  await client.roundTrip();
});

test('a request that is no upgrade is told so', async () => {
  const response = await fetch(server.current.endpoint.replace('ws:', 'http:'));
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(response.status).toBeLessThan(500);
});

test('[checklist 12] cf_ws_frame_ping_pong=true: no protocol pings are announced, native ones come', async () => {
  const client = await RawClient.open(server.current, { query: 'cf_ws_frame_ping_pong=true' });
  const { connect } = await client.call({ connect: {} });
  expect(connect.ping).toBeUndefined();
  expect(connect.pong).toBeUndefined();
});

describe('[checklist 13] the origin of a page', () => {
  test('is refused at the upgrade with 403 when it is not allowed', async () => {
    const refusal = await RawClient.open(server.current, { headers: { Origin: 'https://evil.example' } }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UpgradeRefused);
    expect((refusal as UpgradeRefused).status).toBe(403);
  });

  test('may connect when it is allowed', async () => {
    await RawClient.connect(server.current, { headers: { Origin: 'https://app.example' } });
  });

  test('may be missing', async () => {
    await RawClient.connect(server.current);
  });
});

/** A publish command that makes a frame of exactly so many bytes. */
function frameOf(wire: string, id: number, channel: string, size: number): string | Buffer {
  const build = (length: number): string | Buffer => {
    const command: Message = { id, publish: { channel, data: 'x'.repeat(length) } };
    return wire === 'json' ? JSON.stringify(command) : encodeUnit('Command', command);
  };
  const frame = build(size - build(60_000).length + 60_000);
  expect(frame.length).toBe(size);
  return frame;
}
