import { EventLog } from './deadline';
import type { Message } from './protobuf';

/** A client that only listens to an endless HTTP response: what `curl -N` shows. */
export class StreamListener {
  readonly pushes: EventLog<Message>;
  readonly #abort = new AbortController();

  private constructor(name: string) {
    this.pushes = new EventLog(`The ${name} listener`);
  }

  static open(origin: string, transport: 'uni_sse' | 'uni_http_stream', request: Message): StreamListener {
    const listener = new StreamListener(transport);
    void listener.#read(`${origin}/connection/${transport}`, JSON.stringify(request));
    return listener;
  }

  get pings(): number {
    return this.pushes.entries.filter((push) => Object.keys(push).length === 0).length;
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(address: string, body: string): Promise<void> {
    try {
      const response = await fetch(address, { method: 'POST', body, signal: this.#abort.signal });
      let rest = '';
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        for (const line of lines.map((one) => one.trim().replace(/^data: /, ''))) {
          if (line && !line.startsWith(':')) this.pushes.add(JSON.parse(line) as Message);
        }
      }
      this.pushes.end('the response ended');
    } catch (error) {
      this.pushes.end(String(error));
    }
  }
}
