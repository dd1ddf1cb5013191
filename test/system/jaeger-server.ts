/** A real Jaeger with its store in memory. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, startServer, type Server } from './server.ts';
import { toolAt } from './tools.ts';

/** Jaeger 2 is a collector of OpenTelemetry with a query service and a store, here in memory. */
const config = (ports: { otlp: number; query: number; health: number }): string => `service:
  extensions: [jaeger_storage, jaeger_query, healthcheckv2]
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
  telemetry:
    metrics: { level: none }
extensions:
  healthcheckv2:
    use_v2: true
    http: { endpoint: 127.0.0.1:${ports.health} }
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: 127.0.0.1:${ports.query} }
    grpc: { endpoint: 127.0.0.1:0 }
  jaeger_storage:
    backends: { memory: { memory: { max_traces: 1000 } } }
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${ports.otlp} } } }
exporters:
  jaeger_storage_exporter: { trace_storage: memory }
`;

const takes = (otlp: string): Promise<boolean> =>
  fetch(`${otlp}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(
    (response) => response.ok,
    () => false,
  );

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(50);
}

/** @returns where it is asked (`url`) and where traces go (`otlp`) */
export async function startJaeger(): Promise<Server & { readonly otlp: string }> {
  const ports = { otlp: await freePort(), query: await freePort(), health: await freePort() };
  const folder = await mkdtemp(join(tmpdir(), 'code-jaeger-'));
  await writeFile(join(folder, 'config.yaml'), config(ports));
  const server = await startServer({
    program: toolAt('jaeger') ?? '',
    args: ['--config', join(folder, 'config.yaml')],
    url: `http://127.0.0.1:${ports.query}`,
    ready: '/api/services',
  });
  const otlp = `http://127.0.0.1:${ports.otlp}`;
  await until(() => takes(otlp)); // it may answer questions before it takes traces
  return { ...server, otlp };
}
