// A back end for Starling: says who connects and what is published, and prints what it is told. node server.mjs [port]
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const secret = process.env.HOOK_SECRET ?? 'change me: at least thirty-two characters';
const isText = (value) => typeof value === 'string' && value.length > 0;   // clients send anything
const answers = {
  '/starling/connect': ({ data }) => (isText(data?.name) ? { result: { user: data.name, info: { name: data.name } } } : { error: { code: 1000, message: 'say your name' } }),
  '/starling/publish': ({ data }) => (isText(data?.text) ? { result: { data: { text: data.text.slice(0, 200) } } } : { error: { code: 1001, message: 'say something' } }),
  '/starling/events': ({ events }) => events.forEach((one) => console.log(`event ${one.seq} ${one.type} ${one.user ?? ''} ${one.channel ?? ''}`)) ?? {},
};

function isSigned(body, header = '') {
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (!signature || Math.abs(Date.now() / 1000 - time) > 300) return false;
  return timingSafeEqual(createHmac('sha256', secret).update(`${time}.`).update(body).digest(), Buffer.from(signature, 'hex'));
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const answer = answers[request.url];
  if (!answer) return response.writeHead(404).end();
  if (request.url === '/starling/events' && !isSigned(body, request.headers['starling-signature'])) return response.writeHead(401).end();
  return response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer(JSON.parse(body))));
});
server.listen(process.argv[2] ?? 3000, '127.0.0.1', () => console.log(`Now listening on: http://127.0.0.1:${server.address().port}`));
