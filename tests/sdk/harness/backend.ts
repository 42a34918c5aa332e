import { createServer, type IncomingHttpHeaders, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { builtProgram } from './binaries';
import { DotnetProcess } from './process';
import type { Settings } from './server';

/** The back ends of demos/backend. */
export type SampleKind = 'Node' | 'ASP.NET Core';

const folder = new URL('../../../demos/backend/', import.meta.url);

/** One of the sample back ends, as a process of its own. */
export async function startSample(kind: SampleKind, port: number): Promise<DotnetProcess> {
  const process = kind === 'Node'
    ? new DotnetProcess('back end in Node', fileURLToPath(new URL('node/server.mjs', folder)), [String(port)], globalThis.process.execPath)
    : new DotnetProcess('back end in ASP.NET Core', builtProgram('Starling.Demos.BackEnd', 'STARLING_BACKEND_DLL'), ['--urls', `http://127.0.0.1:${port}`]);
  await process.ready(/Now listening on: (\S+)/);
  return process;
}

/** The settings beside the samples, with another port. */
export function sampleSettings(port: number): Settings {
  return JSON.parse(readFileSync(new URL('starling.json', folder), 'utf8').replaceAll(':3000/', `:${port}/`)) as Settings;
}

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, any>;
}

export type Decide = (asked: Asked) => { readonly status?: number; readonly answer?: unknown } | 'never';

/** A back end inside the test, which decides as the test says. */
export class BackEnd {
  readonly asked: Asked[] = [];
  decide: Decide = () => ({ answer: {} });
  readonly #server: HttpServer;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const asked = { path: request.url!, headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, any> };
      this.asked.push(asked);
      const decision = this.decide(asked);
      if (decision === 'never') return;
      response.writeHead(decision.status ?? 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(decision.answer ?? {}));
    });
  }

  static async start(): Promise<BackEnd> {
    const backEnd = new BackEnd();
    await new Promise<void>((resolve) => backEnd.#server.listen(0, '127.0.0.1', resolve));
    return backEnd;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  of(path: string): Asked[] {
    return this.asked.filter((one) => one.path === path);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
