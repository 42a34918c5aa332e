import { cleanName, inventName } from './name';

const key = 'starling-chat-name';

/**
 * Who writes in this window. A name somebody chose is kept for all windows; an invented one only for this
 * window, so that two windows opened side by side are two people.
 */
export class Me {
  /** Stands for this window in typing events, so that nobody is told about themselves. */
  readonly window: string;
  #name: string;

  constructor(
    private readonly chosen: Storage | null,
    private readonly invented: Storage | null,
    private readonly random: () => number,
    newId: () => string,
  ) {
    this.window = newId();
    this.#name = cleanName(read(chosen) ?? '') || cleanName(read(invented) ?? '') || this.#invent();
  }

  get name(): string {
    return this.#name;
  }

  /** Takes a new name; an unusable one is answered with an invented one. */
  rename(typed: string): void {
    this.#name = cleanName(typed);
    if (this.#name === '') this.#invent();
    write(this.chosen, this.#name);
  }

  #invent(): string {
    this.#name = inventName(this.random);
    write(this.invented, this.#name);
    return this.#name;
  }
}

// Storage throws in private windows of some browsers and when it is full; the name then lives as long as the page.
function read(storage: Storage | null): string | null {
  try {
    return storage?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

function write(storage: Storage | null, name: string): void {
  try {
    storage?.setItem(key, name);
  } catch {
    // see above
  }
}
