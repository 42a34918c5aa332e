import type { Server } from './server';

/** The key the servers of these tests are given. */
export const apiKey = 'key-of-the-tests';

/** Calls a method of the HTTP API with the key. */
export async function callApi(server: Server, method: string, body: unknown): Promise<Record<string, any>> {
  const response = await postApi(server, method, JSON.stringify(body), { 'X-API-Key': apiKey });
  if (response.status !== 200) throw new Error(`${method} was answered with HTTP ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, any>;
}

/** Posts to the API whatever it is given. */
export function postApi(server: Server, method: string, body: string, headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return fetch(`${server.origin}/api/${method}${query}`, { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } });
}
