import { randomUUID } from 'node:crypto';
import { Centrifuge } from 'centrifuge';
import { Centrifuge as CentrifugeProtobuf } from 'centrifuge/build/protobuf';
import { afterAll, beforeAll } from 'vitest';
import WebSocket from 'ws';
import { Driver, type Emit, type Outcome, type Payload, type SdkConstructor, type Wire } from '../driver/driver';
import { Browser, chromiumPath } from './chromium';
import { EventLog, type Found, type WaitOptions } from './deadline';

export interface SdkEvent {
  readonly event: string;
  readonly context: Record<string, any>;
}

/** An error the SDK reports with its code; says which client was told to do what. */
export class SdkError extends Error {
  constructor(readonly code: number, message: string, readonly action = '') {
    super(message);
  }
}

type Run = (client: string, action: string, parameters: unknown[]) => Promise<Outcome>;

/** One client of the SDK, wherever it runs. */
export class SdkClient {
  readonly events: EventLog<SdkEvent>;

  constructor(readonly name: string, private readonly id: string, private readonly run: Run) {
    this.events = new EventLog(`The ${name}`);
  }

  async act(action: string, ...parameters: unknown[]): Promise<unknown> {
    const outcome = await this.run(this.id, action, parameters);
    if ('error' in outcome) throw new SdkError(outcome.error.code, outcome.error.message, `${this.name}: ${action} ${JSON.stringify(parameters)?.slice(0, 200)}`);
    return outcome.result;
  }

  /** Connects, and waits for it. */
  async connect(): Promise<Record<string, any>> {
    await this.act('connect');
    return (await this.event('connected')).entry.context;
  }

  /** Subscribes, and waits for it. */
  async subscribe(channel: string, options: Record<string, unknown> = {}): Promise<Record<string, any>> {
    const after = this.events.last;
    await this.act('subscribe', channel, options);
    return (await this.event(`subscribed:${channel}`, { after })).entry.context;
  }

  publish(channel: string, json: unknown): Promise<unknown> {
    return this.act('publish', channel, { json });
  }

  async rpc(method: string, json: unknown): Promise<Payload | null> {
    return (await this.act('rpc', method, { json })) as Payload | null;
  }

  event(event: string, options?: WaitOptions): Promise<Found<SdkEvent>> {
    return this.events.wait(`the event '${event}'`, (one) => one.event === event, options);
  }

  async publication(channel: string, json: unknown, options?: WaitOptions): Promise<Record<string, any>> {
    const wanted = JSON.stringify(json);
    const found = await this.events.wait(
      `the publication ${wanted} in ${channel}`,
      ({ event, context }) => event === `publication:${channel}` && JSON.stringify(context.data?.json) === wanted,
      options,
    );
    return found.entry.context;
  }

  /** What came in a channel so far. */
  received(channel: string): unknown[] {
    return this.events.entries.filter((one) => one.event === `publication:${channel}`).map((one) => one.context.data.json);
  }

  /** Names of all events so far that are about the connection. */
  get connectionEvents(): string[] {
    return this.events.entries.map((one) => one.event).filter((event) => /^(connecting|connected|disconnected)$/.test(event));
  }
}

/** What the SDK reaches a server over; both ways, so not those on which a client only listens. */
export type SdkTransport = 'websocket' | 'http_stream' | 'sse';

export const allTransports: readonly SdkTransport[] = ['websocket', 'http_stream', 'sse'];

/** A place where the SDK runs with one wire over one transport. */
export interface SdkPlace {
  readonly name: string;
  readonly wire: Wire;
  readonly transport: SdkTransport;
  readonly runtime: 'Node' | 'Chromium';
  create(endpoint: string, options?: Record<string, unknown>): Promise<SdkClient>;
}

const openClients = new Set<SdkClient>();

/** Ends every client created so far; a file calls it after each test, so that no client keeps trying to reconnect. */
export async function endClients(): Promise<void> {
  const clients = [...openClients];
  openClients.clear();
  await Promise.all(clients.map((client) => client.act('disconnect')));
}

async function createClient(place: SdkPlace, endpoint: string, options: Record<string, unknown>, start: (emit: Emit) => Promise<Run>): Promise<SdkClient> {
  let client: SdkClient | undefined;
  const run = await start((_, event, context) => client?.events.add({ event, context: context as Record<string, any> }));
  client = new SdkClient(`${place.name} client`, randomUUID(), run);
  const [where, how] = over(place.transport, endpoint);
  await client.act('create', where, { minReconnectDelay: 50, maxReconnectDelay: 200, ...how, ...options });
  openClients.add(client);
  return client;
}

/** Where a transport is found beside the WebSocket: what to create the client with. */
function over(transport: SdkTransport, webSocket: string): [unknown, Record<string, unknown>] {
  if (transport === 'websocket') return [webSocket, {}];
  const { origin } = new URL(webSocket.replace(/^ws/, 'http'));
  return [[{ transport, endpoint: `${origin}/connection/${transport}` }], { emulationEndpoint: `${origin}/emulation` }];
}

function sdkOf(wire: Wire): SdkConstructor {
  // The two builds declare classes of their own; what is used of them is the same.
  return wire === 'protobuf' ? (CentrifugeProtobuf as unknown as SdkConstructor) : Centrifuge;
}

function nodePlace(wire: Wire, transport: SdkTransport): SdkPlace {
  return {
    name: `Node, ${wire}, ${transport}`,
    wire,
    transport,
    runtime: 'Node',
    create(endpoint, options = {}) {
      return createClient(this, endpoint, { websocket: WebSocket, ...options }, (emit) => {
        const driver = new Driver(sdkOf(wire), wire, emit);
        return Promise.resolve(driver.run.bind(driver));
      });
    },
  };
}

function chromiumPlace(wire: Wire, transport: SdkTransport, browser: () => Browser): SdkPlace {
  return {
    name: `Chromium, ${wire}, ${transport}`,
    wire,
    transport,
    runtime: 'Chromium',
    create(endpoint, options = {}) {
      return createClient(this, endpoint, options, async (emit) => {
        const page = await browser().sdkPage(wire);
        return (client, action, parameters) => page.run(client, action, parameters, emit);
      });
    },
  };
}

/** Server-sent events are text: they carry JSON alone. */
function wiresOf(transport: SdkTransport): readonly Wire[] {
  return transport === 'sse' ? ['json'] : ['json', 'protobuf'];
}

/** Every place the SDK is tested in; the browser of a file is started for its first test and ended after its last. */
export function sdkPlaces(transports: readonly SdkTransport[] = ['websocket']): SdkPlace[] {
  const kinds = transports.flatMap((transport) => wiresOf(transport).map((wire) => ({ wire, transport })));
  const places = kinds.map(({ wire, transport }) => nodePlace(wire, transport));
  if (!chromiumPath) return places;
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await Browser.launch();
  });
  afterAll(() => browser?.close());
  const current = () => browser!;
  return [...places, ...kinds.map(({ wire, transport }) => chromiumPlace(wire, transport, current))];
}
