/** Whether anybody asked for traces or metrics: looked at by every supervisor, so it loads nothing. */
import type { Env } from './config.ts';

const NAMES = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'CODE_METRICS_DIR',
  'CODE_PUSHGATEWAY',
];

export const wantsTelemetry = (env: Env): boolean => NAMES.some((name) => (env[name] ?? '') !== '');
