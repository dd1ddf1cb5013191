/** A plan's stages as the YAML text of a workflow. From here on it goes through the language like any workflow that a person wrote. */
import { stringify } from 'yaml';
import type { PlanDraft, TaskDraft } from './plan.ts';

/** The task types that a plan may use; nothing else can come out of a planner, whatever a model says. */
export const ALLOWED_TYPES: readonly string[] = [
  'kubernetes', 'k3s', 'kind', 'helm', 'opentofu', 'pulumi', 'crossplane', 'argocd', 'flux', 'tekton', 'jenkins-x', 'docker', 'registry',
  'prometheus', 'grafana', 'loki', 'jaeger', 'opentelemetry', 'falco', 'opa', 'trivy', 'zap', 'checkov', 'istio', 'linkerd', 'cilium',
  'ollama', 'localai', 'langchain', 'transformers', 'http', 'wait', 'approval', 'notify', 'shell',
]; // prettier-ignore

/** The workflow's text; stages without tasks are left out. */
export function workflowYaml(draft: PlanDraft): string {
  const stages = draft.stages.filter((s) => s.tasks.length > 0);
  if (stages.length === 0) return '';
  const document = {
    version: 1,
    name: draft.name,
    description: draft.description,
    ...(Object.keys(draft.inputs).length === 0 ? {} : { inputs: draft.inputs }),
    ...(draft.secrets.length === 0 ? {} : { secrets: [...draft.secrets] }),
    parallel_deployment: Object.fromEntries(stages.map((s) => [s.stage, s.tasks.map(taskYaml)])),
    ...(draft.finally === undefined || draft.finally.length === 0 ? {} : { finally: draft.finally.map(taskYaml) }),
  };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

function taskYaml(task: TaskDraft): Record<string, unknown> {
  return {
    task: task.task,
    type: task.type,
    ...(task.description === undefined ? {} : { description: task.description }),
    ...(task.dependsOn === undefined || task.dependsOn.length === 0 ? {} : { depends_on: [...task.dependsOn] }),
    ...(task.when === undefined ? {} : { when: task.when }),
    ...(task.cwd === undefined ? {} : { cwd: task.cwd }),
    ...(task.matrix === undefined ? {} : { matrix: task.matrix }),
    ...(task.timeout === undefined ? {} : { timeout: task.timeout }),
    ...(task.retry === undefined ? {} : { retry: task.retry }),
    ...(task.env === undefined || Object.keys(task.env).length === 0 ? {} : { env: task.env }),
    ...(task.approval === undefined ? {} : { approval: task.approval }),
    ...(task.allowFailure === true ? { allow_failure: true } : {}),
    ...(task.rollback === undefined ? {} : { rollback: task.rollback }),
    ...(task.lock === undefined ? {} : { resources: { lock: task.lock } }),
    ...(Object.keys(task.with).length === 0 ? {} : { with: task.with }),
  };
}
