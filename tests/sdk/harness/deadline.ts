/** Waits that end: by what was waited for, or by an error that names it. */

export const defaultDeadline = 8_000;

/** Gives the promise's result, or fails with what was waited for when it takes longer. */
export async function within<T>(what: string, promise: Promise<T>, milliseconds = defaultDeadline): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${milliseconds} ms for ${what}.`)), milliseconds);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

interface Waiter<T> {
  readonly accepts: (entry: T) => boolean;
  readonly resolve: (found: Found<T>) => void;
  readonly reject: (error: Error) => void;
}

export interface Found<T> {
  readonly entry: T;
  /** Where it stands in the log; a later wait can begin after it. */
  readonly index: number;
}

export interface WaitOptions {
  /** Look only at what came after this index. */
  readonly after?: number;
  readonly deadline?: number;
}

/** Everything that happened, in order; what has not happened yet can be waited for. */
export class EventLog<T> {
  readonly entries: T[] = [];
  #waiters: Waiter<T>[] = [];
  #end: string | undefined;

  constructor(private readonly owner: string) {}

  add(entry: T): void {
    const index = this.entries.push(entry) - 1;
    this.#waiters = this.#waiters.filter((waiter) => {
      if (!waiter.accepts(entry)) return true;
      waiter.resolve({ entry, index });
      return false;
    });
  }

  /** Nothing comes any more: whoever waits is told why at once. */
  end(why: string): void {
    this.#end = why;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error(`It ended: ${why}.`));
  }

  /** Index of the newest entry: what comes after it is new. */
  get last(): number {
    return this.entries.length - 1;
  }

  async wait(what: string, accepts: (entry: T) => boolean, { after = -1, deadline = defaultDeadline }: WaitOptions = {}): Promise<Found<T>> {
    const index = this.entries.findIndex((entry, i) => i > after && accepts(entry));
    if (index >= 0) return { entry: this.entries[index]!, index };
    try {
      if (this.#end !== undefined) throw new Error(`It ended: ${this.#end}.`);
      return await within(what, new Promise<Found<T>>((resolve, reject) => this.#waiters.push({ accepts, resolve, reject })), deadline);
    } catch (error) {
      const seen = this.entries.slice(-12).map((entry) => JSON.stringify(entry)?.slice(0, 300)).join('\n  ');
      throw new Error(`${this.owner} did not get ${what}. ${(error as Error).message} The last it saw:\n  ${seen || 'nothing'}`);
    }
  }
}
