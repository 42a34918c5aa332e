import { afterAll, beforeAll } from 'vitest';
import { builtProgram } from './binaries';
import { DotnetProcess } from './process';

/** The application of demos/embedded: an auction with the engine inside. */
export class EmbeddedApplication {
  #origin = '';

  private constructor(readonly process: DotnetProcess) {}

  static async start(): Promise<EmbeddedApplication> {
    const program = builtProgram('Starling.Demos.Embedded', 'STARLING_EMBEDDED_DLL');
    const application = new EmbeddedApplication(new DotnetProcess('application', program, ['--urls', 'http://127.0.0.1:0']));
    try {
      application.#origin = await application.process.ready(/Now listening on: (\S+)/);
      return application;
    } catch (error) {
      await application.process.stop();
      throw error;
    }
  }

  get origin(): string {
    return this.#origin;
  }

  get endpoint(): string {
    return `${this.#origin.replace('http', 'ws')}/connection/websocket`;
  }
}

/** One application for all tests of a file. */
export function useEmbeddedApplication(): { readonly current: EmbeddedApplication } {
  const holder: { current: EmbeddedApplication } = { current: undefined as unknown as EmbeddedApplication };
  beforeAll(async () => {
    holder.current = await EmbeddedApplication.start();
  });
  afterAll(() => holder.current?.process.stop());
  return holder;
}
