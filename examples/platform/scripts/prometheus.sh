#!/bin/sh
# Starts the platform's own Prometheus, which reads the services' metrics through the gateway. GATEWAY, SERVICES and LISTEN come from the workflow.
set -eu
cd "$(dirname "$0")/.."
mkdir -p out
rm -rf out/prometheus-data
{
  echo "global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms }"
  echo "rule_files: [$PWD/prometheus/rules.yaml]"
  echo "scrape_configs:"
  for service in api page worker; do
    echo "  - job_name: $service"
    echo "    metrics_path: $SERVICES/$service:http/proxy/metrics"
    echo "    static_configs: [{ targets: ['$GATEWAY'] }]"
    echo "    relabel_configs: [{ target_label: job, replacement: platform }, { target_label: service, replacement: $service }]"
  done
} >out/prometheus.yml
exec scripts/background.sh start prometheus prometheus \
  --config.file="$PWD/out/prometheus.yml" --storage.tsdb.path="$PWD/out/prometheus-data" --web.listen-address="$LISTEN"
