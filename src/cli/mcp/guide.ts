/** How a workflow is written, short enough to be read whole: the language's own table of keys and one example that passes its check. */
import { catalogue } from '../../tasks/catalogue.ts';

export const EXAMPLE = `version: 1
name: shop
inputs:
  replicas: { type: number, default: 2, description: How many copies of the web server }
secrets: [REGISTRY_TOKEN]
parallel_deployment:
  stage_1:
    - task: build_image
      type: docker
      with: { image: registry.example/shop/web }
    - task: scan_manifests
      type: trivy
      with: { path: k8s, scanners: [misconfig, secret] }
      allow_failure: true
  stage_2:
    - task: deploy_web
      type: kubernetes
      with: { manifests: [k8s] }
      approval: { message: 'Deploy the shop?', required_for: changes }
      timeout: 300s
finally:
  - task: tell
    type: shell
    when: failure()
    with: { run: 'echo "web ended \${{ tasks.deploy_web.status }}"' }
`;

export function workflowGuide(): string {
  return [
    '# A workflow of CODE',
    '',
    'A YAML file that ends in `.code.yaml`. Tasks of a stage run side by side; a stage begins when the one before has ended well.',
    '',
    '- `parallel_deployment`: stages in order, each a list of tasks with `task` (name), `type`, and `with` (parameters of the type).',
    '- Of a task also: `depends_on`, `when` (a condition), `timeout` (`300s`), `retry`, `env`, `cwd`, `matrix`, `approval`, `allow_failure`, `resources`, `cache`, `outputs`, `rollback`.',
    '- `finally`: tasks that run at the end, however it ended (`when: failure()` narrows).',
    '- `inputs`: values asked for at the start, read as `${{ inputs.NAME }}`. `secrets`: names only, read as `${{ secrets.NAME }}`; never write values.',
    '- Outputs of tasks: `${{ tasks.NAME.outputs.KEY }}`; their end: `tasks.NAME.status`.',
    '- Relative paths start from the file’s folder.',
    '',
    `Task types: ${catalogue.types.map(({ type }) => type).join(', ')}. Parameters of one: code-engine://types/TYPE.`,
    '',
    '```yaml',
    EXAMPLE.trimEnd(),
    '```',
    '',
  ].join('\n');
}
