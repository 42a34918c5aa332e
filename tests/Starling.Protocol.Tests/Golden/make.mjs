// Makes the golden files of the codecs' tests with the public JavaScript SDK. Run by hand, in this folder:
//   npm ci && npm run make
// sent.json     frames the SDK sends, on both wires
// decoded.json  what the SDK makes of the frames in replies.json (which the tests write), and how it encodes that itself
import { readFileSync, writeFileSync } from 'node:fs';
import { WebSocket, WebSocketServer } from 'ws';
import { Centrifuge as JsonClient } from 'centrifuge';
import { Centrifuge as ProtobufClient } from 'centrifuge/build/protobuf';
import { answer, play } from './scenes.mjs';

const kinds = [
  'connect', 'subscribe', 'unsubscribe', 'publish', 'presence', 'presence_stats', 'history', 'rpc', 'send', 'refresh', 'sub_refresh',
];
const kindOf = (command) => kinds.find((kind) => command[kind]) ?? 'pong';
const hex = (bytes) => Buffer.from(bytes).toString('hex').toUpperCase();

/** Plays all scenes on one wire and gives the frames the SDK sent, with the scene each belongs to. */
async function record(wire) {
  const frames = [];
  const waiting = [];
  let current = 'before';
  let socket;
  const protobuf = wire === 'protobuf';
  const data = (value) => (protobuf ? Buffer.from(JSON.stringify(value)) : value);
  const listener = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => listener.once('listening', resolve));

  const Client = protobuf ? ProtobufClient : JsonClient;
  const url = `ws://127.0.0.1:${listener.address().port}`;
  const client = new Client(url, {
    websocket: WebSocket,
    token: 'token',
    getToken: async () => 'token 2',
    data: data({ hello: ['w\u00f6rld', '\u{1F600}'] }),
    headers: { 'x-a': 'b', __proto__x: '' },
    name: 'golden',
    version: '1.2.3',
  });
  const codec = client._codec;
  const decode = (frame) => (protobuf ? codec.decodeCommands(frame) : frame.toString().split('\n').map((line) => JSON.parse(line)));
  const encode = (reply) => (protobuf ? codec.encodeReplies([reply]) : JSON.stringify(reply));

  listener.on('connection', (connection) => {
    socket = connection;
    connection.on('message', (frame) => {
      frames.push({ scene: current, frame: protobuf ? hex(frame) : frame.toString() });
      for (const command of decode(frame)) {
        const result = command.id ? answer(command, data) : undefined;
        if (result) connection.send(encode({ id: command.id, ...result }));
        const index = waiting.findIndex((one) => one.kind === kindOf(command));
        if (index >= 0) waiting.splice(index, 1)[0].resolve();
      }
    });
  });
  const server = {
    send: (reply) => socket.send(encode(reply)),
    next: (kind) => new Promise((resolve) => waiting.push({ kind, resolve })),
  };
  const scene = async (name, act) => {
    current = name;
    await act();
    // Whatever the scene's answer makes the SDK send next still belongs to it.
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await play({ client, data, scene, server });
  client.disconnect();
  listener.close();
  return frames;
}

/** Numbers stay, bytes become the JSON they hold, so that both wires can be compared. */
function plain(value) {
  if (value instanceof Uint8Array) return value.length === 0 ? '' : JSON.parse(Buffer.from(value).toString());
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.toNumber === 'function') return value.toNumber();
  const result = {};
  for (const key in value) {
    if (typeof value[key] !== 'function') result[key] = plain(value[key]);
  }
  return result;
}

function decodeReplies() {
  const json = new JsonClient('ws://127.0.0.1:1')._codec;
  const protobuf = new ProtobufClient('ws://127.0.0.1:1')._codec;
  return JSON.parse(readFileSync('replies.json', 'utf8')).map(({ name, json: text, protobuf: bytes }) => {
    const decoded = protobuf.decodeReplies(Buffer.from(bytes, 'hex'));
    return {
      name,
      json: json.decodeReplies(text),
      protobuf: decoded.map(plain),
      encoded: hex(protobuf.encodeReplies(decoded)),
    };
  });
}

const write = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
const [json, protobuf] = [await record('json'), await record('protobuf')];
if (json.map((one) => one.scene).join() !== protobuf.map((one) => one.scene).join()) {
  console.error(json, protobuf);
  throw new Error('The SDK sent different frames on the two wires.');
}
write('sent.json', json.map(({ scene, frame }, index) => ({ scene, json: frame, protobuf: protobuf[index].frame })));
write('decoded.json', decodeReplies());
process.exit(0);
