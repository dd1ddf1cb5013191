/**
 * Grafana is under the AGPL and cannot be had as a package: here a server speaks its HTTP API as published for versions 9 to 12
 * (https://grafana.com/docs/grafana/latest/developers/http_api/), as far as folders, data sources, dashboards and annotations go.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

export interface GrafanaPeer {
  readonly url: string;
  readonly folders: Map<string, string>;
  readonly datasources: Map<string, Json>;
  readonly dashboards: Map<string, { model: Json; folderUid: string }>;
  readonly annotations: Map<number, Json>;
  /** `METHOD PATH` of each request that changes something. */
  readonly changes: string[];
  stop(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const reply = (body: unknown, status = 200): Reply => ({ status, body });
const refusal = (status: number, message: string, more: Json = {}): Reply => ({ status, body: { message, ...more } });

/** @param token what `Authorization` must bear */
export async function startGrafana(token: string): Promise<GrafanaPeer> {
  const state = {
    folders: new Map<string, string>(),
    datasources: new Map<string, Json>(),
    dashboards: new Map<string, { model: Json; folderUid: string }>(),
    annotations: new Map<number, Json>(),
    changes: [] as string[],
  };
  const server = createServer((request, response) => {
    void answer(state, token, request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    ...state,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

type State = Omit<GrafanaPeer, 'url' | 'stop'>;

async function answer(state: State, token: string, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const body = text === '' ? {} : (JSON.parse(text) as Json);
  if (url.pathname === '/api/health') return reply({ database: 'ok', version: '11.4.0', commit: 'peer' });
  if (request.headers.authorization !== `Bearer ${token}`) return refusal(401, 'Invalid API key');
  if (method !== 'GET') state.changes.push(`${method} ${url.pathname}`);
  const [, , kind = '', ...rest] = url.pathname.split('/');
  switch (kind) {
    case 'folders':
      return folders(state, method, rest, body);
    case 'datasources':
      return datasources(state, method, rest, body);
    case 'dashboards':
      return dashboards(state, method, rest, body);
    case 'annotations':
      return annotations(state, method, rest, body, url);
    default:
      return refusal(404, 'Not found');
  }
}

function folders(state: State, method: string, [uid]: string[], body: Json): Reply {
  if (method === 'GET') return reply([...state.folders].map(([id, title]) => ({ uid: id, title })));
  if (method === 'POST') {
    if (state.folders.has(String(body.uid))) return refusal(409, 'a folder with the same UID already exists');
    state.folders.set(String(body.uid), String(body.title));
    return reply({ uid: body.uid, title: body.title, url: `/dashboards/f/${String(body.uid)}` });
  }
  const within = [...state.dashboards.values()].some((one) => one.folderUid === uid);
  if (within) return refusal(400, 'folder is not empty');
  return state.folders.delete(uid ?? '') ? reply({ message: 'Folder deleted' }) : refusal(404, 'folder not found');
}

/** As Grafana does, the answer never holds what is secret. */
function datasources(state: State, method: string, [by, uid = '']: string[], body: Json): Reply {
  const shown = ({ secureJsonData, ...one }: Json): Json => ({
    ...one,
    id: 1,
    orgId: 1,
    readOnly: false,
    secureJsonFields: Object.fromEntries(
      Object.keys((secureJsonData as Json | undefined) ?? {}).map((key) => [key, true]),
    ),
  });
  if (method === 'POST') {
    if ([...state.datasources.values()].some((one) => one.name === body.name))
      return refusal(409, 'data source with the same name already exists');
    state.datasources.set(String(body.uid), body);
    return reply({ id: 1, message: 'Datasource added', name: body.name, datasource: shown(body) });
  }
  const there = by === 'uid' ? state.datasources.get(uid) : undefined;
  if (there === undefined) return refusal(404, 'Data source not found');
  if (method === 'GET') return reply(shown(there));
  if (method === 'DELETE') {
    state.datasources.delete(uid);
    return reply({ message: 'Data source deleted' });
  }
  state.datasources.set(uid, { ...body, secureJsonData: body.secureJsonData ?? there.secureJsonData });
  return reply({ message: 'Datasource updated', datasource: shown(body) });
}

function dashboards(state: State, method: string, [by, uid = '']: string[], body: Json): Reply {
  if (method === 'POST') {
    const model = body.dashboard as Json;
    const id = String(model.uid);
    const there = state.dashboards.get(id);
    if (there !== undefined && body.overwrite !== true && there.model.version !== model.version)
      return refusal(412, 'The dashboard has been changed by someone else', { status: 'version-mismatch' });
    const version = Number(there?.model.version ?? 0) + 1;
    state.dashboards.set(id, {
      model: { ...model, id: 7, version },
      folderUid: typeof body.folderUid === 'string' ? body.folderUid : '',
    });
    return reply({ id: 7, uid: id, url: `/d/${id}/slug`, status: 'success', version, slug: 'slug' });
  }
  const there = by === 'uid' ? state.dashboards.get(uid) : undefined;
  if (there === undefined) return refusal(404, 'Dashboard not found');
  if (method === 'DELETE') {
    state.dashboards.delete(uid);
    return reply({ title: there.model.title, message: 'Dashboard deleted' });
  }
  return reply({
    dashboard: there.model,
    meta: { folderUid: there.folderUid, url: `/d/${uid}/slug`, version: there.model.version },
  });
}

function annotations(state: State, method: string, [id]: string[], body: Json, url: URL): Reply {
  if (method === 'POST') {
    const number = state.annotations.size + 1;
    state.annotations.set(number, body);
    return reply({ message: 'Annotation added', id: number });
  }
  if (method === 'DELETE') {
    return state.annotations.delete(Number(id))
      ? reply({ message: 'Annotation deleted' })
      : refusal(404, 'Annotation not found');
  }
  const tags = url.searchParams.getAll('tags');
  const found = [...state.annotations].filter(([, one]) => tags.every((tag) => (one.tags as string[]).includes(tag)));
  return reply(found.map(([number, one]) => ({ ...one, id: number })));
}
