/** Variables that say where a store is belong to whoever looks for it, and never to the store. */
import { wire } from '../catalogue/wiring.ts';
import { isBackend, type Project, type Service } from './project.ts';

const PLACE = /(?:^|_)(?:HOST(?:NAME)?|URL|URI|DSN|ADDR(?:ESS)?|SERVER|ENDPOINT|BROKER)$/;

const speaksOf = (value: string, name: string): boolean =>
  new RegExp(`^${name}(?::\\d+)?$|(?:@|//)${name}(?=[:/]|$)`).test(value);

export function variablesOfClients(project: Project): void {
  for (const store of project.services.filter(isBackend)) toClient(project, store);
  for (const service of project.services) ownWay(project, service);
}

/** "acme/ledger with postgres. DATABASE_URL=postgres://…@db/…": of the only one that can mean it. */
function toClient(project: Project, store: Service): void {
  const others = project.services.filter((s) => !isBackend(s) && s.app?.role !== 'proxy');
  const using = others.filter((s) => s.dependsOn[store.name] !== undefined);
  const clients = using.length > 0 ? using : others;
  const [client] = clients;
  if (client === undefined || clients.length !== 1) return;
  for (const [name, value] of Object.entries(store.words.environment)) {
    if (!PLACE.test(name) || !speaksOf(value, store.name) || store.app?.env?.[name] !== undefined) continue;
    client.environment[name] = store.environment[name] ?? value;
    store.environment = Object.fromEntries(Object.entries(store.environment).filter(([n]) => n !== name));
  }
}

/** An image that was told in its own variables where its store is needs none that only an application of ours would read. */
function ownWay(project: Project, service: Service): void {
  if (service.app !== undefined || service.image === undefined || service.build !== undefined) return;
  for (const store of project.services) {
    if (store === service || store.app?.engine === undefined) continue;
    const wires = wire(undefined, { host: store.name, app: store.app });
    const names = new Set(wires.flatMap((w) => [w.name, `${w.name}_FILE`]));
    const told = Object.entries(service.environment).some(
      ([n, v]) => !names.has(n) && PLACE.test(n) && speaksOf(v, store.name),
    );
    if (!told) continue;
    service.environment = Object.fromEntries(
      Object.entries(service.environment).filter(([n]) => !names.has(n) || n in service.words.environment),
    );
    service.secrets = service.secrets.filter(
      (s) => !store.secrets.includes(s) || Object.values(service.environment).includes(`/run/secrets/${s}`),
    );
  }
}
