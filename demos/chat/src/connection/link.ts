import type { Centrifuge } from 'centrifuge';

/** How the page stands with the server. */
export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** The connection is lost or could not be made; the next attempt is at `until`, ms since 1970. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** The browser says that it has no network. */
  | { readonly kind: 'offline' }
  /** The server has asked not to come back. */
  | { readonly kind: 'stopped'; readonly reason: string };

/** The part of the SDK's client that the link drives. */
export type LinkClient = Pick<Centrifuge, 'on' | 'connect' | 'disconnect'>;

export interface LinkSurroundings {
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** Whether the browser believes that it has a network. */
  hasNetwork(): boolean;
  /** How many transports the client tries one after the other. */
  readonly transports: number;
}

/** Delay before the first retry, ms; it doubles with every failure. */
export const retryDelayMin = 1000;
/** The longest delay between two attempts, ms. */
export const retryDelayMax = 20_000;
/** The SDK gives an attempt up after 5 s; should it ever not say so, the link does, ms. */
const attemptTimeMax = 12_000;

/**
 * Keeps the page connected and can say at any time when the next attempt is due. The SDK retries by itself but
 * tells nobody when, so the link ends the SDK's attempt at the first sign of failure, `disconnect()`, and starts
 * the next one, `connect()`, after a delay of its own. Subscriptions live through that as through any reconnect.
 */
export class Link {
  readonly #listeners = new Set<(state: LinkState) => void>();
  #state: LinkState = { kind: 'connecting' };
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** True while the link itself ends an attempt, to tell that from the server's goodbye. */
  #endingAttempt = false;
  /** Transports that may still be tried at once: until one has opened, the SDK goes through all of them without a delay. */
  #untried: number;

  constructor(
    private readonly client: LinkClient,
    private readonly surroundings: LinkSurroundings,
  ) {
    this.#untried = surroundings.transports - 1;
    client.on('connected', () => this.#succeeded());
    client.on('connecting', ({ code }) => {
      if (code !== 0) this.#failed(); // 0: our own connect()
    });
    client.on('error', () => {
      if (this.#state.kind !== 'connecting') return;
      this.#untried -= 1;
      if (this.#untried < 0) this.#failed();
    });
    client.on('disconnected', ({ code, reason }) => {
      if (!this.#endingAttempt) this.#stopped(code, reason);
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Calls back with the present state and then with every new one. */
  watch(listener: (state: LinkState) => void): void {
    this.#listeners.add(listener);
    listener(this.#state);
  }

  /** Makes the first attempt. */
  start(): void {
    this.#attempt();
  }

  /** Connects now instead of later; nothing when connected or at it. */
  connectNow(): void {
    if (this.#state.kind === 'connected' || this.#state.kind === 'connecting') return;
    this.#attempt();
  }

  /** The browser has lost its network. */
  networkLost(): void {
    if (this.#state.kind === 'stopped') return;
    this.#endAttempt();
    this.#enter({ kind: 'offline' });
  }

  /** There is a network again, or the page is looked at again: no reason to wait out the delay. */
  worthAnotherTry(): void {
    if (this.#state.kind !== 'waiting' && this.#state.kind !== 'offline') return;
    this.#failures = 0;
    this.connectNow();
  }

  #attempt(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#failed(), attemptTimeMax);
    this.#enter({ kind: 'connecting' });
    this.client.connect();
  }

  #succeeded(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    this.#untried = 0;
    this.#enter({ kind: 'connected' });
  }

  #failed(): void {
    this.#endAttempt();
    if (!this.surroundings.hasNetwork()) {
      this.#enter({ kind: 'offline' });
      return;
    }
    const longest = Math.min(retryDelayMax, retryDelayMin * 2 ** Math.min(this.#failures, 10));
    // Half of it random: the visitors of a server that restarts should not all come back in one moment.
    const delay = longest / 2 + (longest / 2) * this.surroundings.random();
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#attempt(), delay);
    this.#enter({ kind: 'waiting', until: this.surroundings.now() + delay });
  }

  #stopped(code: number, reason: string): void {
    clearTimeout(this.#timer);
    this.#enter({ kind: 'stopped', reason: `${reason} (${code})` });
  }

  #endAttempt(): void {
    clearTimeout(this.#timer);
    this.#endingAttempt = true;
    this.client.disconnect();
    this.#endingAttempt = false;
  }

  #enter(state: LinkState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

/** Whole seconds until an attempt, never less than one: "in 0 s" reads as a mistake. */
export function secondsUntil(until: number, now: number): number {
  return Math.max(1, Math.ceil((until - now) / 1000));
}
