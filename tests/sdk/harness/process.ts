import { spawn, type ChildProcess } from 'node:child_process';
import { EventLog, within } from './deadline';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process under test, a .NET one unless said otherwise: its output line by line, its end. */
export class DotnetProcess {
  readonly lines: EventLog<string>;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #hasExited = false;

  constructor(name: string, dll: string, parameters: string[], program = 'dotnet') {
    this.lines = new EventLog(`The ${name}`);
    this.#child = spawn(program, [dll, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => {
        this.#hasExited = true;
        this.lines.end(`the process ended with ${code ?? signal}`);
        resolve({ code, signal });
      });
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) this.#readLines(stream);
  }

  /** Waits for a line of the output that tells the process takes connections; gives what the pattern's first group caught. */
  async ready(pattern: RegExp): Promise<string> {
    const { entry } = await this.lines.wait(`a line like ${pattern}`, (text) => pattern.test(text), { deadline: 20_000 });
    return pattern.exec(entry)![1]!;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the process, politely at first. */
  async stop(): Promise<void> {
    if (this.#hasExited) return;
    this.signal('SIGTERM');
    try {
      await within('the process to end', this.exited, 5_000);
    } catch {
      this.signal('SIGKILL');
      await this.exited;
    }
  }

  get output(): string {
    return this.lines.entries.join('\n');
  }

  #readLines(stream: NodeJS.ReadableStream): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.lines.add(line);
    });
  }
}
