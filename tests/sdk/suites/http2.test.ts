import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tlsSettings } from '../harness/carriers';
import { Browser, chromiumPath, SdkPage } from '../harness/chromium';
import { Http2Connection } from '../harness/http2';
import { RawClient, wires } from '../harness/raw';
import { Server, ordinary, uniqueChannel, withSettings } from '../harness/server';
import { EventLog } from '../harness/deadline';

const path = '/connection/websocket';
let server: Server;
const connections: Http2Connection[] = [];

beforeAll(async () => {
  server = await Server.start(withSettings(ordinary, { http_server: { tls: tlsSettings(), http2: true } }));
});

afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});

afterAll(async () => {
  await server?.stop();
  server?.expectNoErrors();
});

async function openConnection(): Promise<Http2Connection> {
  const connection = await Http2Connection.open(server.origin);
  connections.push(connection);
  return connection;
}

describe('WebSocket over HTTP/2', () => {
  test('the server offers extended CONNECT', async () => {
    expect((await openConnection()).settings.enableConnectProtocol).toBe(true);
  });

  test('several WebSockets share one connection and see each other', async () => {
    const channel = uniqueChannel();
    const connection = await openConnection();
    const sockets = await Promise.all([1, 2, 3].map(() => connection.webSocket(path)));
    for (const socket of sockets) {
      expect(socket.status).toBe(200);
      socket.send({ id: 1, connect: {} }, { id: 2, subscribe: { channel } });
      expect((await socket.reply(2)).subscribe).toEqual({});
    }
    const large = 'x'.repeat(40_000);
    sockets[0]!.send({ id: 3, publish: { channel, data: large } });
    for (const socket of sockets) {
      const { entry } = await socket.replies.wait('the publication', (reply) => reply.push?.channel === channel);
      expect(entry.push.pub.data).toBe(large);
    }
  });

  test('a disconnect brings its code, and only its stream ends', async () => {
    const connection = await openConnection();
    const [good, bad] = [await connection.webSocket(path), await connection.webSocket(path)];
    for (const socket of [good, bad]) {
      socket.send({ id: 1, connect: {} });
      await socket.reply(1);
    }
    bad.send({ id: 2, connect: {} });
    const { entry } = await bad.closes.wait('the close frame', () => true);
    expect(entry).toEqual({ code: 3501, reason: 'bad request' });
    bad.close(3501);
    await bad.ended;
    good.send({ id: 2, rpc: { method: 'ping' } });
    expect((await good.reply(2)).rpc).toEqual({});
  });

  test('the subprotocol is agreed on', async () => {
    const socket = await (await openConnection()).webSocket(path, { 'sec-websocket-protocol': 'centrifuge-protobuf' });
    expect(socket.status).toBe(200);
    expect(socket.response['sec-websocket-protocol']).toBe('centrifuge-protobuf');
  });
});

test.each(wires)('the same port takes WebSockets over HTTP/1.1 and TLS, %s', async (wire) => {
  const client = await RawClient.connect(server, { wire });
  await client.roundTrip();
});

describe.skipIf(!chromiumPath)('Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.launch(['--ignore-certificate-errors']);
  });
  afterAll(() => browser?.close());

  test.each(wires)('opens its WebSocket over HTTP/2, %s', async (wire) => {
    const channel = uniqueChannel();
    const page = await browser.playwright.newPage();
    const devtools = await page.context().newCDPSession(page);
    const handshakes = new EventLog<number>('The page');
    devtools.on('Network.webSocketHandshakeResponseReceived', ({ response }) => handshakes.add(response.status));
    await devtools.send('Network.enable');
    // The page comes from the server itself, so that a connection of HTTP/2 is there for the WebSocket to use.
    const sdk = await SdkPage.open(page, `${server.origin}/health`, wire);
    const events = new EventLog<string>('The SDK');
    const act = (action: string, ...parameters: unknown[]) => sdk.run('one', action, parameters, (_, event) => events.add(event));
    await act('create', server.endpoint, {});
    await act('subscribe', channel, {});
    await act('connect');
    await events.wait('the subscription', (event) => event === `subscribed:${channel}`);
    // Over HTTP/1.1 the handshake is answered with 101; a stream of HTTP/2 is opened with 200.
    expect((await handshakes.wait('a handshake', () => true)).entry).toBe(200);
    await act('publish', channel, { json: { over: 'h2' } });
    await events.wait('the publication', (event) => event === `publication:${channel}`);
    await page.close();
  });
});
