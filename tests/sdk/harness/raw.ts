import WebSocket from 'ws';
import type { Wire } from '../driver/driver';
import { EventLog, within, type WaitOptions } from './deadline';
import { decodeUnits, encodeUnit, type Message } from './protobuf';
import type { Server } from './server';

export const wires: readonly Wire[] = ['json', 'protobuf'];

export interface RawOptions {
  readonly wire?: Wire;
  /** Query string of the endpoint, without the question mark. */
  readonly query?: string;
  readonly subprotocols?: string[];
  readonly headers?: Record<string, string>;
  readonly deflate?: boolean;
  /** Whether protocol pings are answered; they are unless a test says otherwise. */
  readonly pongs?: 'sent' | 'withheld';
  /** Whether native pings are answered by native pongs. */
  readonly nativePongs?: 'sent' | 'withheld';
}

export interface Frame {
  readonly binary: boolean;
  readonly data: Buffer;
}

export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket that is refused at the upgrade. */
export class UpgradeRefused extends Error {
  constructor(readonly status: number) {
    super(`The upgrade was answered with HTTP ${status}.`);
  }
}

/** A client of the protocol without any behaviour of its own: sends what it is told, keeps what comes. */
export class RawClient {
  readonly wire: Wire;
  readonly frames: EventLog<Frame>;
  readonly replies: EventLog<Message>;
  readonly nativePings = new EventLog<Buffer>('The raw client');
  readonly #socket: WebSocket;
  readonly #closed: Promise<Close>;
  readonly #answersPings: boolean;
  #id = 0;

  private constructor(socket: WebSocket, wire: Wire, options: RawOptions) {
    this.wire = wire;
    this.#socket = socket;
    this.frames = new EventLog(`The raw ${wire} client`);
    this.replies = new EventLog(`The raw ${wire} client`);
    this.#answersPings = options.pongs !== 'withheld';
    this.#closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        const close = { code, reason: reason.toString() };
        for (const log of [this.frames, this.replies, this.nativePings]) log.end(`closed with ${JSON.stringify(close)}`);
        resolve(close);
      });
    });
    socket.on('error', () => {});   // what follows is the close event, which says the same
    socket.on('message', (data: Buffer, binary) => this.#onFrame(data, binary));
    socket.on('ping', (data: Buffer) => this.nativePings.add(data));
  }

  /** Opens a WebSocket; nothing is sent yet. */
  static async open(server: Pick<Server, 'endpoint'>, options: RawOptions = {}): Promise<RawClient> {
    const wire = options.wire ?? 'json';
    const subprotocols = options.subprotocols ?? (wire === 'protobuf' ? ['centrifuge-protobuf'] : []);
    const url = options.query === undefined ? server.endpoint : `${server.endpoint}?${options.query}`;
    const socket = new WebSocket(url, subprotocols, {
      perMessageDeflate: options.deflate ?? false,
      autoPong: options.nativePongs !== 'withheld',
      rejectUnauthorized: false,
      ...(options.headers && { headers: options.headers }),
    });
    const client = new RawClient(socket, wire, options);
    await within('a WebSocket to open', new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('unexpected-response', (request, response) => {
        request.destroy();
        reject(new UpgradeRefused(response.statusCode!));
      });
      socket.once('error', reject);
    }));
    return client;
  }

  /** Opens a WebSocket and connects. */
  static async connect(server: Pick<Server, 'endpoint'>, options: RawOptions = {}, request: Message = {}): Promise<RawClient> {
    const client = await RawClient.open(server, options);
    const reply = await client.call({ connect: request });
    if (!reply.connect) throw new Error(`Connecting failed: ${JSON.stringify(reply)}`);
    return client;
  }

  get subprotocol(): string {
    return this.#socket.protocol;
  }

  get extensions(): string {
    return this.#socket.extensions;
  }

  /** Every publication of a channel so far, in order. */
  publications(channel: string): Message[] {
    return this.replies.entries.filter((reply) => reply.push?.channel === channel && reply.push.pub).map((reply) => reply.push.pub as Message);
  }

  /** Sends commands in one frame, as they are. */
  send(...commands: Message[]): void {
    if (this.wire === 'protobuf') this.sendFrame(Buffer.concat(commands.map((command) => encodeUnit('Command', command))));
    else this.sendFrame(commands.map((command) => JSON.stringify(command)).join('\n'));
  }

  sendFrame(frame: string | Buffer): void {
    this.#socket.send(frame, { binary: typeof frame !== 'string' });
  }

  /** Sends the beginning of a message that is never ended. */
  sendFragment(text: string): void {
    this.#socket.send(text, { binary: false, fin: false });
  }

  /** Sends one command as a message in pieces, with native pings between them. */
  sendInFragments(command: Message, pieceBytes: number): void {
    const binary = this.wire === 'protobuf';
    const bytes = binary ? encodeUnit('Command', command) : Buffer.from(JSON.stringify(command));
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      const end = start + pieceBytes;
      this.#socket.send(bytes.subarray(start, end), { binary, fin: end >= bytes.length });
      if (start % (pieceBytes * 50) === 0) this.#socket.ping();
    }
  }

  /** Sends bytes in a text frame, whatever they are. */
  sendInvalidText(bytes: Buffer): void {
    this.#socket.send(bytes, { binary: false });
  }

  /** Sends one command under a fresh id and gives its reply. */
  async call(command: Message): Promise<Message> {
    const id = ++this.#id;
    this.send({ id, ...command });
    return this.reply(id);
  }

  /** An id no call has used; for commands sent by hand. */
  nextId(): number {
    return ++this.#id;
  }

  async reply(id: number, options?: WaitOptions): Promise<Message> {
    return (await this.replies.wait(`the reply to command ${id}`, (reply) => reply.id === id, options)).entry;
  }

  async publication(channel: string, accepts: (publication: Message) => boolean = () => true, options?: WaitOptions): Promise<Message> {
    const found = await this.replies.wait(
      `a publication in ${channel}`,
      (reply) => reply.push?.channel === channel && reply.push.pub !== undefined && accepts(reply.push.pub as Message),
      options,
    );
    return found.entry.push.pub as Message;
  }

  /** Waits for an answer to a command sent now: everything written to this client before it has arrived too. */
  async roundTrip(): Promise<void> {
    await this.call({ unsubscribe: { channel: 'round-trip' } });
  }

  /** Whether the WebSocket is over. */
  get isClosed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED;
  }

  /** Waits for the end. */
  closed(deadline?: number): Promise<Close> {
    return within(`raw ${this.wire} client to be closed`, this.#closed, deadline);
  }

  /** Stops reading from the network, as a stuck program does. */
  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  /** Begins the closing handshake. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** Drops the connection without a word. */
  terminate(): void {
    this.#socket.terminate();
  }

  #onFrame(data: Buffer, binary: boolean): void {
    this.frames.add({ binary, data });
    const replies = this.wire === 'protobuf'
      ? decodeUnits('Reply', data)
      : data.toString().split('\n').map((unit) => JSON.parse(unit) as Message);
    for (const reply of replies) {
      this.replies.add(reply);
      if (this.#answersPings && isPing(reply)) this.send({});
    }
  }
}

/** Whether a reply is a ping: it answers nothing and pushes nothing. */
export function isPing(reply: Message): boolean {
  return !reply.id && !reply.push;
}
