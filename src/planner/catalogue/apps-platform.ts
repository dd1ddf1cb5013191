/** Monitoring, logging, tracing, security and models. */
import { ROOT_START, type App } from './app.ts';

const root = { caps: ROOT_START } as const;

const PROMETHEUS = `global:
  scrape_interval: 15s
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ['localhost:9090']
`;
const COLLECTOR = `receivers:
  otlp:
    protocols:
      grpc: { endpoint: 0.0.0.0:4317 }
      http: { endpoint: 0.0.0.0:4318 }
processors:
  memory_limiter: { check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 20 }
  batch: {}
exporters:
  debug: {}
extensions:
  health_check: { endpoint: 0.0.0.0:13133 }
service:
  extensions: [health_check]
  pipelines:
    traces: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug] }
    metrics: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug] }
    logs: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [debug] }
`;
const LOGSTASH = `input { beats { port => 5044 } tcp { port => 5000 codec => json } }
output { elasticsearch { hosts => ["http://elasticsearch:9200"] } }
`;

export const PLATFORM_APPS: readonly App[] = [
  { id: 'prometheus', names: 'prometheus(?: server)?', image: 'prom/prometheus', tag: 'v3.3.1', ports: { http: 9090 }, role: 'monitoring', data: { path: '/prometheus', size: '20Gi' }, args: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus', '--storage.tsdb.retention.time=15d'], uid: 65534, probe: { http: '/-/ready' }, memory: '512Mi', config: { path: '/etc/prometheus', file: 'prometheus.yml', text: PROMETHEUS } },
  { id: 'grafana', names: 'grafana(?! loki| tempo)(?: dashboards?)?', image: 'grafana/grafana', tag: '12.0.0', ports: { http: 3000 }, role: 'monitoring', data: { path: '/var/lib/grafana', size: '5Gi' }, env: { GF_SECURITY_ADMIN_USER: 'admin' }, secrets: ['GF_SECURITY_ADMIN_PASSWORD'], fileSuffix: '__FILE', uid: 472, probe: { http: '/api/health' }, memory: '256Mi' },
  { id: 'alertmanager', names: 'alert ?manager', image: 'prom/alertmanager', tag: 'v0.28.1', ports: { http: 9093 }, role: 'monitoring', data: { path: '/alertmanager', size: '1Gi' }, uid: 65534, probe: { http: '/-/ready' } },
  { id: 'node-exporter', names: 'node[- ]exporter', image: 'quay.io/prometheus/node-exporter', tag: 'v1.9.1', ports: { metrics: 9100 }, role: 'monitoring', uid: 65534, probe: { http: '/' }, kind: 'DaemonSet' },
  { id: 'cadvisor', names: 'cadvisor', image: 'gcr.io/cadvisor/cadvisor', tag: 'v0.52.1', ports: { http: 8080 }, role: 'monitoring', probe: { http: '/healthz' }, kind: 'DaemonSet', ...root },
  { id: 'loki', names: '(?:grafana )?loki', image: 'grafana/loki', tag: '3.5.0', ports: { http: 3100, grpc: 9095 }, role: 'monitoring', data: { path: '/loki', size: '20Gi' }, args: ['-config.file=/etc/loki/local-config.yaml'], uid: 10001, probe: { http: '/ready' }, memory: '512Mi' },
  { id: 'promtail', names: 'promtail', image: 'grafana/promtail', tag: '3.5.0', ports: { http: 9080 }, role: 'monitoring', probe: { http: '/ready' }, kind: 'DaemonSet', ...root },
  { id: 'tempo', names: '(?:grafana )?tempo', image: 'grafana/tempo', tag: '2.7.2', ports: { http: 3200, otlp: 4317 }, role: 'monitoring', data: { path: '/var/tempo', size: '10Gi' }, uid: 10001, probe: { http: '/ready', port: 3200 } },
  { id: 'jaeger', names: 'jaeger', image: 'jaegertracing/jaeger', tag: '2.6.0', ports: { http: 16686, otlp: 4317, 'otlp-http': 4318 }, role: 'monitoring', uid: 10001, probe: { http: '/', port: 16686 }, memory: '256Mi' },
  { id: 'zipkin', names: 'zipkin', image: 'openzipkin/zipkin', tag: '3.5', ports: { http: 9411 }, role: 'monitoring', uid: 1000, probe: { http: '/health' }, memory: '512Mi' },
  { id: 'otel-collector', names: '(?:open ?telemetry|otel)(?:[- ]collector)?', image: 'otel/opentelemetry-collector-contrib', tag: '0.125.0', ports: { otlp: 4317, 'otlp-http': 4318 }, role: 'monitoring', args: ['--config=/etc/otelcol/config.yaml'], uid: 10001, probe: { http: '/', port: 13133 }, config: { path: '/etc/otelcol', file: 'config.yaml', text: COLLECTOR } },
  { id: 'logstash', names: 'log ?stash', image: 'docker.elastic.co/logstash/logstash', tag: '8.18.1', ports: { beats: 5044, tcp: 5000, http: 9600 }, role: 'monitoring', env: { XPACK_MONITORING_ENABLED: 'false', LS_JAVA_OPTS: '-Xms256m -Xmx256m' }, uid: 1000, probe: { http: '/', port: 9600 }, memory: '768Mi', config: { path: '/usr/share/logstash/pipeline', file: 'logstash.conf', text: LOGSTASH } },
  { id: 'kafka-ui', names: 'kafka[- ]?ui|kafka (?:web )?interface', image: 'ghcr.io/kafbat/kafka-ui', tag: 'v1.2.0', ports: { http: 8080 }, role: 'tool', uses: ['kafka'], uid: 100, probe: { http: '/actuator/health' }, memory: '512Mi' },
  { id: 'redis-commander', names: 'redis[- ]commander', image: 'ghcr.io/joeferner/redis-commander', tag: '0.9.0', ports: { http: 8081 }, role: 'tool', uses: ['redis'], uid: 1000, probe: { http: '/' } },
  { id: 'kibana', names: 'kibana', image: 'docker.elastic.co/kibana/kibana', tag: '8.18.1', ports: { http: 5601 }, role: 'monitoring', uses: ['elasticsearch'], uid: 1000, probe: { http: '/api/status' }, memory: '768Mi' },
  { id: 'filebeat', names: 'file ?beat', image: 'docker.elastic.co/beats/filebeat', tag: '8.18.1', ports: {}, role: 'monitoring', probe: 'none', kind: 'DaemonSet', ...root },
  { id: 'fluentd', names: 'fluentd', image: 'fluent/fluentd', tag: 'v1.18-1', ports: { forward: 24224 }, role: 'monitoring', uid: 100, probe: { tcp: 24224 }, kind: 'DaemonSet' },
  { id: 'fluent-bit', names: 'fluent[- ]?bit', image: 'fluent/fluent-bit', tag: '4.0.1', ports: { http: 2020 }, role: 'monitoring', probe: { tcp: 2020 }, kind: 'DaemonSet', ...root },
  { id: 'telegraf', names: 'telegraf', image: 'telegraf', tag: '1.34', ports: {}, role: 'monitoring', uses: ['influxdb'], uid: 999, probe: 'none', official: true },
  { id: 'falco', names: 'falco', image: 'falcosecurity/falco', tag: '0.40.0', ports: { http: 8765 }, role: 'monitoring', probe: { http: '/healthz' }, kind: 'DaemonSet', caps: ['BPF', 'SYS_RESOURCE', 'PERFMON', 'SYS_PTRACE'] },
  { id: 'opa', names: 'opa(?: server)?|open policy agent', image: 'openpolicyagent/opa', tag: '1.4.2', ports: { http: 8181 }, role: 'tool', args: ['run', '--server', '--addr=0.0.0.0:8181'], uid: 1000, probe: { http: '/health' } },
  { id: 'ollama', names: 'ollama', image: 'ollama/ollama', tag: '0.6.8', ports: { http: 11434 }, role: 'ai', data: { path: '/root/.ollama', size: '30Gi' }, probe: { http: '/' }, memory: '4Gi', cpu: '1', ...root },
  { id: 'localai', names: 'local ?ai', image: 'localai/localai', tag: 'v2.28.0', ports: { http: 8080 }, role: 'ai', data: { path: '/build/models', size: '30Gi' }, probe: { http: '/readyz' }, memory: '4Gi', cpu: '1', ...root },
  { id: 'open-webui', names: 'open[- ]?web ?ui', image: 'ghcr.io/open-webui/open-webui', tag: 'v0.6.9', ports: { http: 8080 }, role: 'ai', data: { path: '/app/backend/data', size: '5Gi' }, env: { OLLAMA_BASE_URL: 'http://ollama:11434' }, probe: { http: '/health' }, memory: '1Gi', ...root },
  { id: 'vllm', names: 'vllm(?: server)?', image: 'vllm/vllm-openai', tag: 'v0.8.5', ports: { http: 8000 }, role: 'ai', probe: { http: '/health' }, memory: '8Gi', cpu: '2', ...root },
  { id: 'tgi', names: 'text[- ]generation[- ]inference|tgi', image: 'ghcr.io/huggingface/text-generation-inference', tag: '3.3.0', ports: { http: 8080 }, role: 'ai', args: ['--port', '8080'], probe: { http: '/health' }, memory: '8Gi', cpu: '2', ...root },
  { id: 'sglang', names: 'sg ?lang', image: 'lmsysorg/sglang', tag: 'v0.4.6.post2-cu124', ports: { http: 30000 }, role: 'ai', probe: { http: '/health' }, memory: '8Gi', cpu: '2', ...root },
  { id: 'triton', names: 'triton(?: inference)?(?: server)?', image: 'nvcr.io/nvidia/tritonserver', tag: '25.04-py3', ports: { http: 8000, grpc: 8001, metrics: 8002 }, role: 'ai', args: ['tritonserver', '--model-repository=/models'], data: { path: '/models', size: '20Gi' }, probe: { http: '/v2/health/ready' }, memory: '8Gi', ...root },
  { id: 'tf-serving', names: 'tensor ?flow(?:[- ](?:model )?serving)?', image: 'tensorflow/serving', tag: '2.19.0', ports: { http: 8501, grpc: 8500 }, role: 'ai', data: { path: '/models', size: '10Gi' }, uid: 1000, probe: { tcp: 8501 }, memory: '2Gi' },
  { id: 'torchserve', names: 'torch ?serve', image: 'pytorch/torchserve', tag: '0.12.0-cpu', ports: { http: 8080, management: 8081, metrics: 8082 }, role: 'ai', data: { path: '/home/model-server/model-store', size: '10Gi' }, uid: 1000, probe: { http: '/ping' }, memory: '2Gi' },
  { id: 'jupyter', names: 'jupyter(?: ?(?:lab|notebook|hub))?', image: 'quay.io/jupyter/base-notebook', tag: '2025-04-28', ports: { http: 8888 }, role: 'tool', data: { path: '/home/jovyan/work', size: '10Gi' }, secrets: ['JUPYTER_TOKEN'], uid: 1000, probe: { http: '/api' }, memory: '512Mi' },
  { id: 'mlflow', names: 'ml ?flow', image: 'ghcr.io/mlflow/mlflow', tag: 'v2.22.0', ports: { http: 5000 }, role: 'ai', data: { path: '/mlruns', size: '10Gi' }, args: ['mlflow', 'server', '--host', '0.0.0.0', '--port', '5000', '--backend-store-uri', 'sqlite:////mlruns/mlflow.db', '--artifacts-destination', '/mlruns/artifacts'], uid: 1000, probe: { http: '/health' }, memory: '512Mi' },
]; // prettier-ignore
