/**
 * The one definition of the language: every key with its kind and what it means, as a JSON Schema with annotations. The checks walk
 * it, hover and completion read it, and `media/workflow.schema.json` is generated from it.
 *
 * Annotations: `x-duration`, `x-log-limit`, `x-path`, `x-secret`, `x-name` (an identifier), `x-scalar` (numbers and booleans are taken as texts),
 * `x-synonyms` (words of other tools), `x-expressions: false` (expressions are not evaluated here).
 */
import type { JsonSchema } from '../core/catalogue.ts';

export const NAME = '^[A-Za-z_][A-Za-z0-9_-]*$';

const text = (description: string, more: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  'x-scalar': true,
  description,
  ...more,
});
const duration = (description: string): JsonSchema => ({
  type: ['string', 'number'],
  description,
  'x-duration': true,
  examples: ['30s', '5m', '1h30m'],
});
const logLimit: JsonSchema = {
  type: 'string',
  description:
    'The most that each of the two logs of an attempt keeps: its beginning and its end. At least 4MiB, or `none`. Default: 2GiB.',
  'x-log-limit': true,
  'x-expressions': false,
  examples: ['64MiB', '1GiB', 'none'],
};
/** What a resume does about attempts whose supervisor died. */
const recovery: Readonly<Record<string, JsonSchema>> = {
  on_unknown: {
    enum: ['ask', 'rerun', 'probe', 'fail'],
    default: 'ask',
    description:
      'After a crash, for an attempt whose end nobody saw: `ask` a person (where the task type cannot tell by itself), `rerun` it, `probe` or `fail`.',
  },
  on_alive: {
    enum: ['adopt', 'end'],
    default: 'end',
    description:
      'After a crash, for an attempt whose processes still live: `adopt` them (wait for their end), or `end` them.',
  },
};
const environment = (description: string): JsonSchema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string', 'x-scalar': true },
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
});

export const retrySchema: JsonSchema = {
  type: 'object',
  description: 'Try again after a failure or a timeout.',
  additionalProperties: false,
  'x-synonyms': {
    count: 'attempts',
    limit: 'attempts',
    max_attempts: 'attempts',
    retries: 'attempts',
    interval: 'delay',
    factor: 'backoff',
    max_interval: 'max_delay',
  },
  properties: {
    attempts: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 1,
      description: 'How often in all; the first counts.',
    },
    delay: duration('The wait before the second attempt. Default: 1s.'),
    backoff: {
      type: 'number',
      minimum: 1,
      maximum: 100,
      default: 2,
      description: 'Each further wait is this many times the one before.',
    },
    max_delay: duration('The longest wait. Default: 1m.'),
  },
};

const approvalSchema: JsonSchema = {
  description: 'Wait for a person: `true`, or a message and when it is needed.',
  anyOf: [
    { type: 'boolean' },
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        message: text('What the person is asked.'),
        required_for: {
          enum: ['always', 'changes', 'destroy'],
          default: 'always',
          description:
            '`changes`: only where the preview shows any; `destroy`: only where something would be destroyed or replaced.',
        },
      },
    },
  ],
};

export const taskSchema: JsonSchema = {
  type: 'object',
  description: 'One task of a stage.',
  required: ['task', 'type'],
  additionalProperties: false,
  'x-synonyms': {
    name: 'task',
    id: 'task',
    uses: 'type',
    kind: 'type',
    needs: 'depends_on',
    dependson: 'depends_on',
    deps: 'depends_on',
    runafter: 'depends_on',
    requires: 'depends_on',
    after: 'depends_on',
    depends: 'depends_on',
    if: 'when',
    condition: 'when',
    only_if: 'when',
    params: 'with',
    parameters: 'with',
    args: 'with',
    config: 'with',
    options: 'with',
    environment: 'env',
    vars: 'env',
    dir: 'cwd',
    working_directory: 'cwd',
    'working-directory': 'cwd',
    workdir: 'cwd',
    'timeout-minutes': 'timeout',
    retries: 'retry',
    'continue-on-error': 'allow_failure',
    ignore_error: 'allow_failure',
    ignore_errors: 'allow_failure',
    strategy: 'matrix',
    results: 'outputs',
    desc: 'description',
    undo: 'rollback',
  },
  properties: {
    task: text('Name of the task, unique in the workflow.', {
      'x-name': true,
      pattern: NAME,
      maxLength: 63,
      'x-expressions': false,
    }),
    type: text('What the task does: a task type or one of its aliases.', { 'x-expressions': false }),
    description: text('One line for people.'),
    depends_on: {
      description: 'Tasks that must have ended well before this one starts: a name or a list of names.',
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      'x-expressions': false,
    },
    timeout: duration('The longest that one attempt may take.'),
    with: { type: 'object', description: 'Parameters of the task type; each has a conventional default.' },
    env: environment('Environment variables added for this task; they win over the workflow’s.'),
    cwd: text('Working directory, relative to the workflow’s root.', { 'x-path': 'folder' }),
    when: {
      type: ['string', 'boolean'],
      description: 'A condition; where it is false the task is skipped.',
      examples: ['inputs.replicas > 1', "target.os == 'linux'"],
    },
    retry: retrySchema,
    log_limit: logLimit,
    ...recovery,
    allow_failure: {
      type: 'boolean',
      default: false,
      description: 'A failure is reported and does not fail the run or what depends on the task.',
    },
    matrix: {
      type: 'object',
      description: 'Lists of values: the task runs once for each combination.',
      additionalProperties: { type: 'array', items: { type: ['string', 'number', 'boolean'] } },
      propertyNames: { pattern: NAME },
      examples: [{ region: ['eu', 'us'] }],
    },
    resources: {
      type: 'object',
      description: 'What the task takes of the machine.',
      additionalProperties: false,
      properties: {
        class: {
          enum: ['io', 'cpu', 'mixed'],
          description: 'The pool that it takes a place in; `mixed` takes one in both. Default: the task type’s own.',
        },
        lock: {
          description: 'Tasks that name one lock never overlap, in any run on this machine.',
          anyOf: [
            { type: 'string', minLength: 1 },
            { type: 'array', items: { type: 'string', minLength: 1 } },
          ],
        },
      },
    },
    cache: {
      type: 'object',
      description: 'Take the result of an earlier success again while the inputs are unchanged.',
      additionalProperties: false,
      required: ['inputs'],
      properties: {
        inputs: {
          type: 'array',
          items: { type: 'string' },
          description: 'Globs of the files that the result depends on.',
        },
        outputs: {
          type: 'array',
          items: { type: 'string' },
          description: 'Globs of the files that the task makes; they are put back.',
        },
      },
    },
    outputs: {
      type: 'object',
      description: 'Names for values that later tasks read as ${{ tasks.NAME.outputs.X }}.',
      additionalProperties: { type: 'string', 'x-scalar': true },
      propertyNames: { pattern: NAME },
    },
    approval: approvalSchema,
    rollback: {
      description: 'How to undo the task: a shell text, or `false` for not at all. Default: the task type’s own way.',
      anyOf: [
        { type: 'string', minLength: 1 },
        { const: false },
        {
          type: 'object',
          additionalProperties: false,
          required: ['run'],
          properties: { run: text('Shell text that undoes the task.') },
        },
      ],
    },
  },
};

export const inputSchema: JsonSchema = {
  type: 'object',
  description: 'A value that is asked for when a run starts.',
  additionalProperties: false,
  'x-synonyms': { choices: 'options', enum: 'options', values: 'options', desc: 'description', value: 'default' },
  properties: {
    type: { enum: ['string', 'number', 'boolean'], default: 'string', description: 'Kind of the value.' },
    default: {
      type: ['string', 'number', 'boolean'],
      description: 'Taken where none is given; an input without a default must be given.',
      'x-expressions': false,
    },
    description: text('What it is for.', { 'x-expressions': false }),
    options: {
      type: 'array',
      items: { type: ['string', 'number', 'boolean'] },
      description: 'The values that are allowed.',
      'x-expressions': false,
    },
  },
};

export const workflowSchema: JsonSchema = {
  type: 'object',
  description: 'A deployment as stages of parallel tasks.',
  required: ['parallel_deployment'],
  additionalProperties: false,
  patternProperties: { '^x-': {} },
  'x-synonyms': {
    stages: 'parallel_deployment',
    jobs: 'parallel_deployment',
    tasks: 'parallel_deployment',
    steps: 'parallel_deployment',
    variables: 'env',
    vars: 'env',
    environment: 'env',
    params: 'inputs',
    parameters: 'inputs',
    title: 'name',
    always: 'finally',
  },
  properties: {
    version: { const: 1, description: 'Version of the language; 1 is the only one yet.' },
    name: text('Name of the workflow. Default: the file’s base name.', { 'x-expressions': false }),
    description: text('What the workflow is for.', { 'x-expressions': false }),
    inputs: {
      type: 'object',
      description: 'Values that are asked for when a run starts: `--input name=value`.',
      additionalProperties: inputSchema,
      propertyNames: { pattern: NAME },
    },
    env: environment('Environment variables for every task; a task’s own win.'),
    secrets: {
      type: 'array',
      description: 'Names of secrets; the values come from the keychain, the environment or a file.',
      items: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      'x-expressions': false,
    },
    limits: {
      type: 'object',
      description: 'How many tasks of a class run at once.',
      additionalProperties: false,
      properties: {
        io: { type: 'integer', minimum: 1, maximum: 1000, default: 10, description: 'Tasks that mostly wait.' },
        cpu: {
          type: 'integer',
          minimum: 1,
          maximum: 1000,
          default: 4,
          description: 'Tasks that mostly compute; never more than there are cores.',
        },
      },
    },
    schedule: {
      enum: ['stages', 'graph'],
      default: 'stages',
      description:
        '`stages`: a stage begins when the one before is done. `graph`: a task with `depends_on` starts the moment those are done.',
    },
    defaults: {
      type: 'object',
      description: 'For every task that does not say otherwise.',
      additionalProperties: false,
      properties: {
        timeout: duration('The longest that one attempt may take.'),
        retry: retrySchema,
        log_limit: logLimit,
        ...recovery,
      },
    },
    parallel_deployment: {
      type: 'object',
      description: 'Stages, in order; all tasks of a stage may run at once.',
      additionalProperties: { type: 'array', items: taskSchema },
    },
    finally: { type: 'array', items: taskSchema, description: 'Tasks that run after all else, whatever happened.' },
  },
};
