// The shop's API: products, orders, health. Takes the path of its configuration.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { priceText, totalOf } from './pricing.mjs';
import { Store } from './store.mjs';

const MOST_BYTES = 65_536;

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const catalogue = JSON.parse(readFileSync(config.catalogue, 'utf8'));
const store = await Store.open(config.orders);

const products = Object.entries(catalogue).map(([id, { name, cents }]) => ({
  id,
  name,
  price: priceText(cents, config.currency),
}));

async function answer(request) {
  const { pathname } = new URL(request.url, 'http://shop');
  const order = /^\/orders\/([\w-]+)$/.exec(pathname)?.[1];
  switch (`${request.method} ${order === undefined ? pathname : '/orders/:id'}`) {
    case 'GET /health':
      return [200, { status: 'ok', orders: store.size }];
    case 'GET /products':
      return [200, products];
    case 'POST /orders':
      return placeOrder(await bodyOf(request));
    case 'GET /orders/:id': {
      const found = store.get(order);
      return found === undefined ? [404, { error: `There is no order ${order}.` }] : [200, found];
    }
    default:
      return [404, { error: `Nothing answers ${request.method} ${pathname}.` }];
  }
}

async function placeOrder({ items }) {
  try {
    const total = priceText(totalOf(items, catalogue), config.currency);
    return [201, await store.add({ id: randomUUID(), status: 'placed', items, total, at: new Date().toISOString() })];
  } catch (error) {
    if (error instanceof RangeError) return [422, { error: error.message }];
    throw error;
  }
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MOST_BYTES) throw Object.assign(new Error('The body is too long.'), { status: 413 });
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    throw Object.assign(new Error('The body is not JSON.'), { status: 400 });
  }
}

const server = createServer((request, response) => {
  answer(request)
    .catch((error) => {
      if (error.status === undefined) console.error(error);
      return [error.status ?? 500, { error: error.status === undefined ? 'Something went wrong.' : error.message }];
    })
    .then(([status, body]) => {
      const text = JSON.stringify(body);
      response
        .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        .end(text);
      console.log(`${new Date().toISOString()} ${request.method} ${request.url} ${status}`);
    });
});

server.listen(config.port, '127.0.0.1', () => console.log(`api listens on ${config.port}`));
process.once('SIGTERM', () => {
  server.close(() => void store.close());
  server.closeAllConnections();
});
