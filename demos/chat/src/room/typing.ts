/** How long somebody is shown as typing after the last sign of it, ms. */
export const typingShownFor = 4000;
/** The shortest time between two signs of one's own typing, ms; well below {@link typingShownFor}. */
export const typingSignEvery = 1500;

interface Typist {
  readonly name: string;
  timer: ReturnType<typeof setTimeout>;
}

/** Who is typing in a room right now, besides oneself. */
export class Typists {
  readonly #typists = new Map<string, Typist>();

  constructor(
    private readonly self: string,
    private readonly changed: () => void,
    /** A room is not made to list more people than anybody would read. */
    private readonly max = 20,
  ) {}

  get names(): string[] {
    return [...new Set([...this.#typists.values()].map((typist) => typist.name))];
  }

  sign(who: string, name: string): void {
    if (who === this.self) return;
    const known = this.#typists.get(who);
    if (known === undefined && this.#typists.size >= this.max) return;
    clearTimeout(known?.timer);
    const timer = setTimeout(() => this.#forget(who), typingShownFor);
    this.#typists.set(who, { name, timer });
    if (known?.name !== name) this.changed();
  }

  /** Somebody's message has come: they are done typing it. */
  wrote(name: string): void {
    for (const [who, typist] of this.#typists) if (typist.name === name) this.#forget(who);
  }

  clear(): void {
    for (const who of [...this.#typists.keys()]) this.#forget(who);
  }

  #forget(who: string): void {
    clearTimeout(this.#typists.get(who)?.timer);
    if (this.#typists.delete(who)) this.changed();
  }
}

/** Says "Ada is typing", "Ada and Ben are typing", "Ada, Ben and 3 others are typing"; empty when nobody is. */
export function typingSentence(names: readonly string[]): string {
  const [first, second, third] = names;
  if (first === undefined) return '';
  if (second === undefined) return `${first} is typing`;
  if (third === undefined) return `${first} and ${second} are typing`;
  if (names.length === 3) return `${first}, ${second} and ${third} are typing`;
  return `${first}, ${second} and ${names.length - 2} others are typing`;
}

/** Lets a sign of one's own typing through at most every {@link typingSignEvery}. */
export class TypingSignal {
  #last = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly now: () => number,
    private readonly send: () => void,
  ) {}

  typed(): void {
    if (this.now() - this.#last < typingSignEvery) return;
    this.#last = this.now();
    this.send();
  }

  /** The message is out; the next key is news again. */
  done(): void {
    this.#last = Number.NEGATIVE_INFINITY;
  }
}
