// Orders in a file of JSON lines, synced before a customer is told that the order is placed; read back when the API starts.
import { open, readFile } from 'node:fs/promises';

export class Store {
  #file;
  #orders = new Map();

  static async open(path) {
    const store = new Store();
    const text = await readFile(path, 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    for (const line of text.split('\n')) {
      if (!line.endsWith('}')) continue; // empty, or cut off in the middle of a crash
      const order = JSON.parse(line);
      store.#orders.set(order.id, order);
    }
    store.#file = await open(path, 'a');
    return store;
  }

  get size() {
    return this.#orders.size;
  }

  get(id) {
    return this.#orders.get(id);
  }

  async add(order) {
    await this.#file.appendFile(`${JSON.stringify(order)}\n`);
    await this.#file.datasync();
    this.#orders.set(order.id, order);
    return order;
  }

  close() {
    return this.#file.close();
  }
}
