/**
 * The protocol's messages in Protobuf, written by hand for the tests: a second opinion that shares no code with the server
 * or the SDK. Messages are the same snake_case objects as on the JSON wire; bytes that are JSON become its value.
 */

type Scalar = 'varint' | 'bool' | 'string' | 'bytes';
type Field = readonly [name: string, type: Scalar | `map<${string}>` | `${string}[]` | (string & {})];
type Schema = Readonly<Record<number, Field>>;

const clientInfo: Schema = { 1: ['user', 'string'], 2: ['client', 'string'], 3: ['conn_info', 'bytes'], 4: ['chan_info', 'bytes'] };

const schemas: Record<string, Schema> = {
  Command: {
    1: ['id', 'varint'], 4: ['connect', 'ConnectRequest'], 5: ['subscribe', 'SubscribeRequest'], 6: ['unsubscribe', 'ChannelRequest'],
    7: ['publish', 'PublishRequest'], 8: ['presence', 'ChannelRequest'], 9: ['presence_stats', 'ChannelRequest'],
    10: ['history', 'HistoryRequest'], 11: ['ping', 'Empty'], 12: ['send', 'SendRequest'], 13: ['rpc', 'RpcRequest'],
    14: ['refresh', 'RefreshRequest'], 15: ['sub_refresh', 'SubRefreshRequest'], 1000: ['unknown', 'string'],
  },
  Reply: {
    1: ['id', 'varint'], 2: ['error', 'Error'], 4: ['push', 'Push'], 5: ['connect', 'ConnectResult'], 6: ['subscribe', 'SubscribeResult'],
    7: ['unsubscribe', 'Empty'], 8: ['publish', 'Empty'], 9: ['presence', 'Empty'], 10: ['presence_stats', 'Empty'],
    11: ['history', 'Empty'], 12: ['ping', 'Empty'], 13: ['rpc', 'RpcResult'], 14: ['refresh', 'Empty'], 15: ['sub_refresh', 'Empty'],
  },
  Push: {
    1: ['id', 'varint'], 2: ['channel', 'string'], 4: ['pub', 'Publication'], 5: ['join', 'Info'], 6: ['leave', 'Info'],
    7: ['unsubscribe', 'UnsubscribePush'], 8: ['message', 'SendRequest'], 9: ['subscribe', 'SubscribePush'], 11: ['disconnect', 'DisconnectPush'],
  },
  Error: { 1: ['code', 'varint'], 2: ['message', 'string'], 3: ['temporary', 'bool'] },
  ConnectRequest: {
    1: ['token', 'string'], 2: ['data', 'bytes'], 3: ['subs', 'map<SubscribeRequest>'], 4: ['name', 'string'], 5: ['version', 'string'],
    6: ['headers', 'map<string>'], 1000: ['unknown', 'string'],
  },
  ConnectResult: {
    1: ['client', 'string'], 2: ['version', 'string'], 3: ['expires', 'bool'], 4: ['ttl', 'varint'], 5: ['data', 'bytes'],
    6: ['subs', 'map<SubscribeResult>'], 7: ['ping', 'varint'], 8: ['pong', 'bool'], 9: ['session', 'string'], 10: ['node', 'string'],
    11: ['time', 'varint'],
  },
  SubscribeRequest: {
    1: ['channel', 'string'], 2: ['token', 'string'], 3: ['recover', 'bool'], 6: ['epoch', 'string'], 7: ['offset', 'varint'],
    8: ['data', 'bytes'], 12: ['delta', 'string'], 13: ['tf', 'FilterNode'], 14: ['flag', 'varint'], 15: ['type', 'varint'],
    16: ['phase', 'varint'], 17: ['cursor', 'string'], 18: ['limit', 'varint'], 19: ['asc', 'bool'],
  },
  SubscribeResult: {
    1: ['expires', 'bool'], 2: ['ttl', 'varint'], 3: ['recoverable', 'bool'], 6: ['epoch', 'string'], 7: ['publications', 'Publication[]'],
    8: ['recovered', 'bool'], 9: ['offset', 'varint'], 10: ['positioned', 'bool'], 11: ['data', 'bytes'], 12: ['was_recovering', 'bool'], 13: ['delta', 'bool'], 14: ['id', 'varint'],
    15: ['type', 'varint'], 16: ['phase', 'varint'], 17: ['cursor', 'string'], 18: ['state', 'Publication[]'], 19: ['publish_debounce', 'varint'],
  },
  FilterNode: { 1: ['op', 'string'], 2: ['key', 'string'], 3: ['cmp', 'string'], 4: ['val', 'string'] },
  ChannelRequest: { 1: ['channel', 'string'] },
  PublishRequest: { 1: ['channel', 'string'], 2: ['data', 'bytes'], 3: ['type', 'varint'], 4: ['key', 'string'], 5: ['removed', 'bool'] },
  HistoryRequest: { 1: ['channel', 'string'], 7: ['limit', 'varint'] },
  SendRequest: { 1: ['data', 'bytes'] },
  RpcRequest: { 1: ['data', 'bytes'], 2: ['method', 'string'] },
  RpcResult: { 1: ['data', 'bytes'] },
  RefreshRequest: { 1: ['token', 'string'] },
  SubRefreshRequest: { 1: ['channel', 'string'], 2: ['token', 'string'] },
  Publication: {
    4: ['data', 'bytes'], 5: ['info', 'ClientInfo'], 6: ['offset', 'varint'], 7: ['tags', 'map<string>'], 8: ['delta', 'bool'],
    9: ['time', 'varint'], 10: ['channel', 'string'], 11: ['key', 'string'], 12: ['removed', 'bool'],
  },
  ClientInfo: clientInfo,
  Info: { 1: ['info', 'ClientInfo'] },
  UnsubscribePush: { 2: ['code', 'varint'], 3: ['reason', 'string'] },
  SubscribePush: { 1: ['recoverable', 'bool'], 4: ['epoch', 'string'], 5: ['offset', 'varint'], 6: ['positioned', 'bool'], 7: ['data', 'bytes'] },
  DisconnectPush: { 1: ['code', 'varint'], 2: ['reason', 'string'], 3: ['reconnect', 'bool'] },
  Empty: {},
};

export type Message = Record<string, any>;

/** One unit as it stands in a frame: its length, then the message. */
export function encodeUnit(type: string, message: Message): Buffer {
  return sized(encode(type, message));
}

/** The units of a frame; an empty one is a ping. */
export function decodeUnits(type: string, frame: Buffer): Message[] {
  const units: Message[] = [];
  const input = new Input(frame);
  while (!input.isAtEnd) units.push(decode(type, input.bytes()));
  return units;
}

function encode(type: string, message: Message): Buffer {
  const fields = Object.entries(schemas[type]!);
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined) continue;
    const known = fields.find(([, field]) => field[0] === name);
    if (!known) throw new Error(`${type} has no field ${name} here.`);
    parts.push(encodeField(Number(known[0]), known[1][1], value));
  }
  return Buffer.concat(parts);
}

function encodeField(number: number, type: string, value: any): Buffer {
  const map = /^map<(\w+)>$/.exec(type);
  if (map) {
    return Buffer.concat(Object.entries(value).map(([key, one]) =>
      tagged(number, Buffer.concat([encodeField(1, 'string', key), encodeField(2, map[1]!, one)]))));
  }
  if (type === 'varint' || type === 'bool') return Buffer.concat([varint(number << 3), varint(Number(value))]);
  if (type === 'string') return tagged(number, Buffer.from(value as string));
  if (type === 'bytes') return tagged(number, Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)));
  return tagged(number, encode(type, value as Message));
}

function decode(type: string, bytes: Buffer): Message {
  const schema = schemas[type]!;
  const message: Message = {};
  const input = new Input(bytes);
  while (!input.isAtEnd) {
    const key = input.varint();
    const field = schema[key >>> 3];
    if ((key & 7) === 0) {
      const value = input.varint();
      if (field) message[field[0]] = field[1] === 'bool' ? value !== 0 : value;
    } else if ((key & 7) === 2) {
      const value = input.bytes();
      if (field) decodeField(message, field, value);
    } else {
      throw new Error(`${type}: wire type ${key & 7} of field ${key >>> 3} is not in the protocol.`);
    }
  }
  return message;
}

function decodeField(message: Message, [name, type]: Field, value: Buffer): void {
  const map = /^map<(\w+)>$/.exec(type);
  if (map) {
    const entry: Message = {};
    const input = new Input(value);
    while (!input.isAtEnd) {
      const number = input.varint() >>> 3;
      decodeField(entry, number === 1 ? ['key', 'string'] : ['value', map[1]!], input.bytes());
    }
    (message[name] ??= {})[entry.key ?? ''] = entry.value ?? '';
  } else if (type.endsWith('[]')) {
    (message[name] ??= []).push(decode(type.slice(0, -2), value));
  } else if (type === 'string') {
    message[name] = value.toString();
  } else if (type === 'bytes') {
    message[name] = jsonOr(value);
  } else {
    message[name] = decode(type, value);
  }
}

function jsonOr(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return bytes;
  }
}

function tagged(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), sized(bytes)]);
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([varint(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

class Input {
  #position = 0;

  constructor(private readonly buffer: Buffer) {}

  get isAtEnd(): boolean {
    return this.#position >= this.buffer.length;
  }

  varint(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.buffer[this.#position++];
      if (byte === undefined) throw new Error('The message ends inside a number.');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  }

  bytes(): Buffer {
    const length = this.varint();
    if (this.#position + length > this.buffer.length) throw new Error('The message ends inside a field.');
    return this.buffer.subarray(this.#position, (this.#position += length));
  }
}
