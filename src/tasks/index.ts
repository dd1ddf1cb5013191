/** The list of task types: each is loaded when it is first needed. Only the two composition roots (cli/main, extension/activate) import this. */
import type { AnyTaskType } from '../core/task-type.ts';

export const loaders: Readonly<Record<string, () => Promise<AnyTaskType>>> = {
  // glue
  shell: async () => (await import('./shell.ts')).shell as AnyTaskType,
  http: async () => (await import('./http.ts')).http as AnyTaskType,
  wait: async () => (await import('./wait.ts')).wait as AnyTaskType,
  approval: async () => (await import('./approval.ts')).approval as AnyTaskType,
  notify: async () => (await import('./notify.ts')).notify as AnyTaskType,
  workflow: async () => (await import('./workflow.ts')).workflow as AnyTaskType,
  // orchestration
  kubernetes: async () => (await import('./kubernetes.ts')).kubernetes as AnyTaskType,
  helm: async () => (await import('./helm.ts')).helm as AnyTaskType,
  k3s: async () => (await import('./k3s.ts')).k3s as AnyTaskType,
  kind: async () => (await import('./kind.ts')).kind as AnyTaskType,
  argocd: async () => (await import('./argocd.ts')).argocd as AnyTaskType,
  flux: async () => (await import('./flux.ts')).flux as AnyTaskType,
  tekton: async () => (await import('./tekton.ts')).tekton as AnyTaskType,
  crossplane: async () => (await import('./crossplane.ts')).crossplane as AnyTaskType,
  'jenkins-x': async () => (await import('./jenkins-x.ts')).jenkinsX as AnyTaskType,
  istio: async () => (await import('./istio.ts')).istio as AnyTaskType,
  linkerd: async () => (await import('./linkerd.ts')).linkerd as AnyTaskType,
  cilium: async () => (await import('./cilium.ts')).cilium as AnyTaskType,
  // infrastructure
  opentofu: async () => (await import('./opentofu.ts')).opentofu as AnyTaskType,
  pulumi: async () => (await import('./pulumi.ts')).pulumi as AnyTaskType,
  // images
  docker: async () => (await import('./docker.ts')).docker as AnyTaskType,
  registry: async () => (await import('./registry.ts')).registry as AnyTaskType,
  // security
  checkov: async () => (await import('./checkov.ts')).checkov as AnyTaskType,
  trivy: async () => (await import('./trivy.ts')).trivy as AnyTaskType,
  opa: async () => (await import('./opa.ts')).opa as AnyTaskType,
  zap: async () => (await import('./zap.ts')).zap as AnyTaskType,
  falco: async () => (await import('./falco.ts')).falco as AnyTaskType,
  secrets: async () => (await import('./secrets.ts')).secrets as AnyTaskType,
  // observability
  prometheus: async () => (await import('./prometheus.ts')).prometheus as AnyTaskType,
  grafana: async () => (await import('./grafana.ts')).grafana as AnyTaskType,
  loki: async () => (await import('./loki.ts')).loki as AnyTaskType,
  jaeger: async () => (await import('./jaeger.ts')).jaeger as AnyTaskType,
  opentelemetry: async () => (await import('./opentelemetry.ts')).opentelemetry as AnyTaskType,
  // models
  ollama: async () => (await import('./ollama.ts')).ollama as AnyTaskType,
  localai: async () => (await import('./localai.ts')).localai as AnyTaskType,
  langchain: async () => (await import('./langchain.ts')).langchain as AnyTaskType,
  transformers: async () => (await import('./transformers.ts')).transformers as AnyTaskType,
};
