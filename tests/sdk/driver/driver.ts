/**
 * Drives the unchanged SDK where it lives, in Node or in a page. Everything that passes this border is JSON, so that one
 * test speaks to both, on both wires.
 */
import type { Centrifuge, MapSubscription, SharedPollSubscription, Subscription } from 'centrifuge';

export type Wire = 'json' | 'protobuf';

export interface Payload {
  /** A value that travels as JSON; on the Protobuf wire as the bytes of its text. */
  json?: unknown;
  /** Bytes that are not JSON, as base64. */
  base64?: string;
}

export type Emit = (client: string, event: string, context: unknown) => void;

export type Outcome = { result: unknown } | { error: { code: number; message: string } };

export type SdkConstructor = new (endpoint: any, options: Record<string, unknown>) => Centrifuge;

const clientEvents = ['connecting', 'connected', 'disconnected', 'error', 'message', 'subscribed', 'unsubscribed', 'publication'] as const;
const subscriptionEvents = ['subscribing', 'subscribed', 'unsubscribed', 'publication', 'join', 'leave', 'error'] as const;

export class Driver {
  readonly #clients = new Map<string, Centrifuge>();

  constructor(
    private readonly sdk: SdkConstructor,
    private readonly wire: Wire,
    private readonly emit: Emit,
  ) {}

  async run(client: string, action: string, parameters: unknown[]): Promise<Outcome> {
    try {
      return { result: (await this.#act(client, action, parameters)) ?? null };
    } catch (error) {
      const { code, message } = error as { code?: number; message?: string };
      if (typeof code !== 'number') throw error;
      return { error: { code, message: message ?? '' } };
    }
  }

  #act(id: string, action: string, parameters: any[]): unknown {
    if (action === 'create') return this.#create(id, parameters[0], parameters[1]);
    const client = this.#clients.get(id);
    if (!client) throw new Error(`There is no client ${id}.`);
    switch (action) {
      case 'connect': return client.connect();
      case 'disconnect': return client.disconnect();
      case 'subscribe': return this.#subscribe(id, client, parameters[0], parameters[1]);
      case 'unsubscribe': return this.#subscription(client, parameters[0]).unsubscribe();
      case 'remove': return client.removeSubscription(this.#subscription(client, parameters[0]));
      case 'publish': return client.publish(parameters[0], this.#encode(parameters[1])).then(() => null);
      case 'publishThrough': return this.#subscription(client, parameters[0]).publish(this.#encode(parameters[1])).then(() => null);
      case 'setKey': return this.#map(client, parameters[0]).publish(parameters[1], this.#encode(parameters[2])).then(() => null);
      // At one stroke: how long the test takes to say it does not count.
      case 'setKeyTo': return Promise.all((parameters[2] as Payload[]).map((value) => this.#map(client, parameters[0]).publish(parameters[1], this.#encode(value)))).then(() => null);
      case 'removeKey': return this.#map(client, parameters[0]).remove(parameters[1]).then(() => null);
      case 'track': return this.#poll(client, parameters[0]).track(parameters[1]);
      case 'untrack': return this.#poll(client, parameters[0]).untrack(parameters[1]);
      case 'rpc': return client.rpc(parameters[0], this.#encode(parameters[1])).then((reply) => this.#decode(reply.data));
      case 'send': return client.send(this.#encode(parameters[0]));
      case 'history': return client.history(parameters[0], { limit: 10 }).then(() => null);
      case 'historyPage': return client.history(parameters[0], parameters[1]).then(({ publications, epoch, offset }) => (
        { publications: publications.map((publication) => this.#plain(publication)), epoch, offset }));
      case 'presence': return client.presence(parameters[0]).then((reply) => Object.fromEntries(Object.entries(reply.clients).map(([id, info]) => [id, this.#person(info)])));
      case 'presenceStats': return client.presenceStats(parameters[0]);
      default: throw new Error(`There is no action ${action}.`);
    }
  }

  #create(id: string, endpoint: unknown, options: Record<string, unknown>): void {
    const { data, tokens, ...rest } = options;
    const settings = { ...rest, ...this.#source(id, 'token', tokens) };
    const client = new this.sdk(endpoint, data === undefined ? settings : { ...settings, data: this.#encode(data as Payload) });
    for (const event of clientEvents) {
      client.on(event, (context: unknown) => this.emit(id, event, this.#plain(context)));
    }
    this.#clients.set(id, client);
  }

  #subscribe(id: string, client: Centrifuge, channel: string, options: Record<string, unknown>): void {
    let subscription = client.getSubscription(channel);
    if (!subscription) {
      const { data, tokens, ...some } = options;
      const rest = { ...some, ...this.#source(id, `token:${channel}`, tokens) };
      const { kind, ...settings } = data === undefined ? rest : { ...rest, data: this.#encode(data as Payload) };
      subscription = this.#newSubscription(client, channel, kind, settings);
      for (const event of kind ? [...subscriptionEvents, 'sync', 'update'] as const : subscriptionEvents) {
        (subscription.on as Function).call(subscription, event, (context: unknown) => this.emit(id, `${event}:${channel}`, this.#plain(context)));
      }
    }
    subscription.subscribe();
  }

  /** Where tokens come from: one after the other, and each time the SDK asks it shows as an event. */
  #source(id: string, event: string, tokens: unknown): Record<string, unknown> {
    if (!Array.isArray(tokens)) return {};
    const left = [...(tokens as string[])];
    return {
      getToken: async () => {
        this.emit(id, event, { left: left.length });
        return left.shift() ?? '';
      },
    };
  }

  /** A subscription of a kind; without one to a stream. */
  #newSubscription(client: Centrifuge, channel: string, kind: unknown, settings: Record<string, unknown>): Subscription {
    switch (kind) {
      case 'map': return client.newMapSubscription(channel, settings) as unknown as Subscription;
      case 'map_clients': return client.newMapClientsSubscription(channel, settings) as unknown as Subscription;
      case 'map_users': return client.newMapUsersSubscription(channel, settings) as unknown as Subscription;
      case 'shared_poll': return client.newSharedPollSubscription(channel, {
        ...settings,
        // The application signs, by a method of its own.
        getSignature: async ({ keys }: { keys: string[] }) => {
          const reply = this.#decode((await client.rpc('sign', this.#encode({ json: { keys } }))).data);
          return { keys, signature: (reply?.json as { signature: string }).signature };
        },
      }) as unknown as Subscription;
      default: return client.newSubscription(channel, settings);
    }
  }

  #map(client: Centrifuge, channel: string): MapSubscription {
    return this.#subscription(client, channel) as unknown as MapSubscription;
  }

  #poll(client: Centrifuge, channel: string): SharedPollSubscription {
    return this.#subscription(client, channel) as unknown as SharedPollSubscription;
  }

  #subscription(client: Centrifuge, channel: string): Subscription {
    const subscription = client.getSubscription(channel);
    if (!subscription) throw new Error(`There is no subscription to ${channel}.`);
    return subscription;
  }

  #encode(payload: Payload): unknown {
    if (payload.base64 !== undefined) return Uint8Array.from(atob(payload.base64), (char) => char.charCodeAt(0));
    return this.wire === 'protobuf' ? new TextEncoder().encode(JSON.stringify(payload.json)) : payload.json;
  }

  /** What the SDK hands out as data: on the Protobuf wire bytes, of which JSON is read and anything else given as base64.
   * There it hands out empty bytes for what is not there. */
  #decode(data: unknown): Payload | undefined {
    if (data === undefined || (data instanceof Uint8Array && data.length === 0)) return undefined;
    if (!(data instanceof Uint8Array)) return { json: data };
    try {
      return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data)) };
    } catch {
      return { base64: btoa(String.fromCharCode(...data)) };
    }
  }

  /** The context of an event with its payloads decoded, fit to leave the page. */
  #plain(context: unknown): unknown {
    const { data, info, error, entries, state, ...rest } = context as Record<string, any>;
    return present({
      ...rest,
      entries: entries?.map((entry: unknown) => this.#plain(entry)),
      state: state?.map((entry: unknown) => this.#plain(entry)),
      data: this.#decode(data),
      error: error && { code: error.code, message: error.message },
      info: info && this.#person(info),
    });
  }

  #person(info: any): Record<string, unknown> {
    return present({ user: info.user, client: info.client, connInfo: this.#decode(info.connInfo), chanInfo: this.#decode(info.chanInfo) });
  }
}

/** The object without what is undefined. */
function present(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
