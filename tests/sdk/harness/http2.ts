import { connect, type ClientHttp2Session, type ClientHttp2Stream, type Settings } from 'node:http2';
import { once } from 'node:events';
import { EventLog, within } from './deadline';
import type { Message } from './protobuf';

/** A connection of HTTP/2 on which WebSockets are opened by extended CONNECT (RFC 8441). */
export class Http2Connection {
  private constructor(private readonly session: ClientHttp2Session, readonly settings: Settings) {}

  static async open(origin: string): Promise<Http2Connection> {
    const session = connect(origin, { rejectUnauthorized: false });
    session.on('error', () => {});
    const [settings] = (await within('the HTTP/2 settings of the server', once(session, 'remoteSettings'))) as [Settings];
    return new Http2Connection(session, settings);
  }

  async webSocket(path: string, headers: Record<string, string> = {}): Promise<Http2WebSocket> {
    const stream = this.session.request(
      { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https', ':path': path, 'sec-websocket-version': '13', ...headers },
      { endStream: false },
    );
    const [response] = (await within('the answer to the extended CONNECT', once(stream, 'response'))) as [Record<string, unknown>];
    return new Http2WebSocket(stream, response);
  }

  close(): void {
    this.session.destroy();
  }
}

/** A WebSocket in a stream of HTTP/2, with JSON messages of any length a test needs. */
export class Http2WebSocket {
  readonly replies = new EventLog<Message>('The client over HTTP/2');
  readonly closes = new EventLog<{ code: number; reason: string }>('The client over HTTP/2');
  readonly ended: Promise<unknown>;
  #buffer = Buffer.alloc(0);

  constructor(private readonly stream: ClientHttp2Stream, readonly response: Record<string, unknown>) {
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.ended = once(stream, 'close');
  }

  get status(): number {
    return Number(this.response[':status']);
  }

  send(...commands: Message[]): void {
    this.#sendFrame(1, Buffer.from(commands.map((command) => JSON.stringify(command)).join('\n')));
  }

  async reply(id: number): Promise<Message> {
    return (await this.replies.wait(`the reply to command ${id}`, (reply) => reply.id === id)).entry;
  }

  close(code: number): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.#sendFrame(8, payload);
  }

  /** A client's frames are masked (RFC 6455 5.3); a mask of zeros leaves the payload as it is. */
  #sendFrame(opcode: number, payload: Buffer): void {
    const length = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 255]);
    this.stream.write(Buffer.concat([Buffer.from([0x80 | opcode]), length, Buffer.alloc(4), payload]));
  }

  #onData(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (let frame = this.#take(); frame; frame = this.#take()) {
      if (frame.opcode === 1) for (const unit of frame.payload.toString().split('\n')) this.replies.add(JSON.parse(unit) as Message);
      if (frame.opcode === 8) this.closes.add({ code: frame.payload.readUInt16BE(0), reason: frame.payload.subarray(2).toString() });
    }
  }

  #take(): { opcode: number; payload: Buffer } | undefined {
    if (this.#buffer.length < 2) return undefined;
    const short = this.#buffer[1]! & 127;
    const start = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (this.#buffer.length < start) return undefined;
    const length = short === 126 ? this.#buffer.readUInt16BE(2) : short === 127 ? Number(this.#buffer.readBigUInt64BE(2)) : short;
    if (this.#buffer.length < start + length) return undefined;
    const frame = { opcode: this.#buffer[0]! & 15, payload: this.#buffer.subarray(start, start + length) };
    this.#buffer = this.#buffer.subarray(start + length);
    return frame;
  }
}
