import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** How long the server may take to answer, ms: a busy machine starts .NET slowly. */
const startTimeMax = 30_000;
const askAgainEvery = 50;

const binaries = fileURLToPath(new URL('../../../artifacts/bin/Starling.Server/', import.meta.url));

/** The server that was named, or else built last. */
function serverBinary(): string {
  const named = process.env['STARLING_DLL'];
  if (named !== undefined && named !== '') return named;
  const built = ['release', 'debug'].map((kind) => `${binaries}${kind}/Starling.Server.dll`).filter((file) => existsSync(file));
  built.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  const newest = built[0];
  if (newest === undefined) throw new Error('No server to test: run `dotnet build src/Starling.Server`, or name its dll in STARLING_DLL.');
  return newest;
}

/** A real `starling demo` on a port of its own, which can be killed and started again in the same place. */
export class DemoServer {
  #process: ChildProcess | null = null;
  #output = '';

  private constructor(private readonly port: number) {}

  static async start(): Promise<DemoServer> {
    const server = new DemoServer(await freePort());
    await server.start();
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async start(): Promise<void> {
    const child = spawn('dotnet', [serverBinary(), 'demo', '--port', `${this.port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (this.#output += text.toString()));
    const deadline = Date.now() + startTimeMax;
    while (!(await answers(this.address))) {
      if (child.exitCode !== null) throw new Error(`The server ended with exit code ${child.exitCode}:\n${this.#output}`);
      if (Date.now() > deadline) throw new Error(`The server did not answer on ${this.address} in ${startTimeMax} ms:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, askAgainEvery));
    }
  }

  /** Ends it as a power cut would: without a goodbye to anybody. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Ends it as an operator would; it says goodbye to every client. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false; // nobody listens yet
  }
}

/** A port nobody uses, so that the server can come back to it after it was killed. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('No port.'))));
    });
  });
}
