import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { builtProgram } from './binaries';
import { DotnetProcess, type Exit } from './process';

export interface Settings {
  [key: string]: unknown;
}

/** What most suites run with: anonymous clients, and namespaces that differ in what they permit. */
export const ordinary: Settings = {
  client: { allowed_origins: ['*'], allow_anonymous_connect_without_token: true },
  channel: {
    without_namespace: open(),
    namespaces: [
      { name: 'binary', ...open(), publication_data_format: 'binary' },
      { name: 'readonly', allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true },
      { name: 'closed' },
      { name: 'members', allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true, allow_publish_for_subscriber: true, allow_publish_for_anonymous: true },
      { name: 'users', allow_user_limited_channels: true },
    ],
  },
  rpc: { ping: { enabled: true } },
  http_stream: { enabled: true },
  sse: { enabled: true },
};

/** Options of a namespace in which everyone may subscribe and publish. */
export function open(): Settings {
  return {
    allow_subscribe_for_client: true,
    allow_subscribe_for_anonymous: true,
    allow_publish_for_client: true,
    allow_publish_for_anonymous: true,
  };
}

/** Settings with some sections' keys replaced. */
export function withSettings(base: Settings, more: Settings): Settings {
  const merged: Settings = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const both = [merged[key], value];
    merged[key] = both.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
      ? withSettings(merged[key] as Settings, value as Settings)
      : value;
  }
  return merged;
}

/** One server process. */
export class Server {
  readonly process: DotnetProcess;
  readonly #folder: string;
  #port = 0;
  #secure = false;

  private constructor(settings: Settings, port: number) {
    this.#folder = mkdtempSync(join(tmpdir(), 'starling-sdk-'));
    const file = join(this.#folder, 'starling.json');
    writeFileSync(file, JSON.stringify(settings));
    const parameters = ['serve', '--config', file, '--address', '127.0.0.1', '--port', String(port)];
    this.process = new DotnetProcess('server', builtProgram('Starling.Server', 'STARLING_DLL'), parameters);
  }

  /** Starts a server; with port 0 on any free one. */
  static async start(settings: Settings = ordinary, port = 0): Promise<Server> {
    const server = new Server(settings, port);
    try {
      const url = new URL(await server.process.ready(/Listening on (https?:\/\/[^\s,]+)/));
      server.#port = Number(url.port);
      server.#secure = url.protocol === 'https:';
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `${this.#secure ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  get endpoint(): string {
    return `${this.#secure ? 'wss' : 'ws'}://127.0.0.1:${this.#port}/connection/websocket`;
  }

  get exited(): Promise<Exit> {
    return this.process.exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.process.signal(signal);
  }

  async stop(): Promise<void> {
    await this.process.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Fails when the server reported an error: what clients can cause must not be one. */
  expectNoErrors(): void {
    expect(this.process.lines.entries.filter((line) => /^\S+ ERROR |^Unhandled exception/.test(line))).toEqual([]);
  }
}

/** A server for all tests of a file; at the end it must not have reported an error. */
export function useServer(settings: Settings = ordinary): { readonly current: Server } {
  const holder: { current: Server } = { current: undefined as unknown as Server };
  beforeAll(async () => {
    holder.current = await Server.start(settings);
  });
  afterAll(async () => {
    await holder.current?.stop();
    holder.current?.expectNoErrors();
  });
  return holder;
}

let channels = 0;

/** A channel no other test uses. */
export function uniqueChannel(namespace = ''): string {
  return `${namespace ? `${namespace}:` : ''}c${process.pid}-${++channels}`;
}
