/**
 * What `init` would write: the seed's `.claude/` files, which CODE reads; what Claude Code itself reads (a block in `CLAUDE.md`, skills,
 * `.mcp.json`); and `.code/`. Nothing is written here: the answer is a list of changes that a person sees first.
 */
import { isObject, parseJson, type JsonObject } from '../core/json.ts';
import type { Analysis } from './analysis.ts';
import { ownFile, withBlock, type BlockChange } from './blocks.ts';
import { architectureText, dependenciesText, memoryText, patternsText } from './contents.ts';
import { jsonText, merge3 } from './merge.ts';
import { SKILLS } from './skills.ts';

export interface FileChange {
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  readonly action: 'create' | 'update' | 'same' | 'kept';
  readonly before?: string;
  /** The whole new text; of `same` and `kept` what is there. */
  readonly after: string;
  /** Why a file is kept. */
  readonly why?: string;
}

export interface InitOptions {
  /** Also `.claude/settings.json`: ask before runs, never read `.env` files. */
  readonly settings: boolean;
}

/** What `init` wrote last, so that a later one knows what a person changed since. */
const BASE = '.code/init.json';

/** @param current the text of a file as it is now; nothing where there is none */
export function initChanges(
  analysis: Analysis,
  current: (path: string) => string | undefined,
  options: InitOptions,
): FileChange[] {
  const base = readBase(current(BASE));
  const written: Record<string, JsonObject> = {};
  const json = (path: string, theirs: JsonObject, merge: Merge = merge3): FileChange => {
    const before = current(path);
    const mine = before === undefined || before.trim() === '' ? {} : parseJson(before);
    if (!isObject(mine)) return kept(path, before ?? '', 'it is no JSON object; mend it and run init again');
    written[path] = theirs;
    const merged = merge(base[path] ?? {}, mine as JsonObject, theirs);
    const unchanged = before !== undefined && JSON.stringify(merged) === JSON.stringify(mine);
    return change(path, before, unchanged ? before : jsonText(merged, before));
  };
  const text = (path: string, make: (before: string | undefined) => BlockChange): FileChange => {
    const before = current(path);
    const made = make(before);
    return made.kind === 'kept' ? kept(path, before ?? '', made.why) : change(path, before, made.text);
  };
  const context = (name: string, title: string, about: string, content: string): FileChange =>
    text(`.claude/context/${name}.md`, (before) =>
      withBlock(before, name, content, {
        fresh: `# ${title}\n\n${about}\n\n{block}\n\n## Notes\n\nWhat only people know goes here; init leaves it alone.\n`,
        where: 'end',
      }),
    );
  const files = [
    json('.claude/project.json', projectJson(analysis)),
    json('.claude/commands.json', COMMANDS),
    context(
      'architecture',
      'Architecture',
      'What there is, where it begins, and how it is deployed.',
      architectureText(analysis),
    ),
    context(
      'dependencies',
      'Dependencies',
      'What it is built with and what it needs to run.',
      dependenciesText(analysis),
    ),
    context('patterns', 'Patterns', 'How code is written here, with the evidence.', patternsText(analysis)),
    text('CLAUDE.md', (before) =>
      withBlock(before, 'workspace', memoryText(analysis, mentions(current, before)), {
        fresh: `# ${analysis.name}\n\n{block}\n`,
        where: 'end',
      }),
    ),
    ...SKILLS.map((s) => text(`.claude/skills/${s.name}/SKILL.md`, (before) => ownFile(before, s.head, s.body))),
    json('.mcp.json', SERVER),
    ...(options.settings ? [json('.claude/settings.json', SETTINGS)] : []),
    text('.code/.gitignore', ignoring),
  ];
  const record = jsonText({ ...base, ...written }, current(BASE));
  return [...files, change(BASE, current(BASE), record)];
}

type Merge = (base: JsonObject, mine: JsonObject, theirs: JsonObject) => JsonObject;

const change = (path: string, before: string | undefined, after: string): FileChange => ({
  path,
  action: before === undefined ? 'create' : before === after ? 'same' : 'update',
  ...(before === undefined ? {} : { before }),
  after,
});

const kept = (path: string, before: string, why: string): FileChange => ({
  path,
  action: 'kept',
  before,
  after: before,
  why,
});

function readBase(text: string | undefined): Readonly<Record<string, JsonObject>> {
  const read = text === undefined ? undefined : parseJson(text);
  if (!isObject(read)) return {};
  return Object.fromEntries(Object.entries(read).filter((entry): entry is [string, JsonObject] => isObject(entry[1])));
}

/** `AGENTS.md` is only read by Claude Code where `CLAUDE.md` imports it; a person may have done so already. */
function mentions(current: (path: string) => string | undefined, memory: string | undefined): boolean {
  if (current('AGENTS.md') === undefined) return false;
  const own = memory?.replace(/<!-- code-engine:begin[\s\S]*?<!-- code-engine:end \w+ -->/g, '') ?? '';
  return !own.includes('@AGENTS.md');
}

/** The seed's shape; model names are the aliases that Claude Code knows. */
function projectJson(a: Analysis): JsonObject {
  const { deployment: d } = a;
  const systems = [
    ...(d.manifests.length + d.charts.length > 0 ? ['kubernetes'] : []),
    ...(d.charts.length > 0 ? ['helm'] : []),
    ...(d.modules.length > 0 ? ['opentofu'] : []),
    ...(d.images.length > 0 ? ['containers'] : []),
    ...(d.services.length > 0 ? ['compose'] : []),
  ];
  return {
    name: a.name,
    type: typeOf(a, systems.length + d.workflows.length > 0),
    ...(a.description === undefined ? {} : { description: a.description }),
    context: {
      primaryLanguage: a.languages[0]?.id ?? 'none',
      frameworks: [...a.frameworks, ...systems],
      platforms: [...a.platforms],
      aiModels: ['sonnet', 'local-ollama'],
    },
    commands: {
      deploy: 'Plan a deployment from a description, review it, run it',
      analyze: 'Where the time of a workflow goes, and why a run failed',
      secure: 'Scan what is deployed for misconfigurations, vulnerabilities and secrets',
    },
    preferences: {
      explainComplexity: true,
      includeTests: true,
      documentationStyle: 'comprehensive',
      errorHandling: 'detailed',
    },
  };
}

function typeOf(a: Analysis, deploys: boolean): string {
  if (a.monorepo) return 'monorepo';
  if (deploys && a.languages.every((l) => l.id === 'hcl' || l.id === 'shell')) return 'infrastructure';
  return a.frameworks.length > 0 || a.entryPoints.length > 0 || a.deployment.images.length > 0
    ? 'application'
    : 'library';
}

const COMMANDS: JsonObject = {
  commands: [
    {
      name: 'deploy',
      description: 'Deploy infrastructure using natural language',
      usage: 'code-engine deploy <description>',
      examples: [
        "code-engine deploy 'web app with postgres on k8s'",
        "code-engine deploy 'staging environment with monitoring'",
      ],
    },
    { name: 'analyze', description: 'Say where the time of a workflow goes', usage: 'code-engine analyze <file>' },
    {
      name: 'secure',
      description: 'Scan what is deployed',
      usage: 'code-engine secure [folder]',
    },
    {
      name: 'wsl-setup',
      description: 'Configure WSL environment for CODE',
      usage: 'code-engine wsl setup [--apply]',
      platforms: ['wsl', 'linux'],
    },
  ],
};

const SERVER: JsonObject = { mcpServers: { 'code-engine': { command: 'code-engine', args: ['mcp'] } } };

/** https://code.claude.com/docs/en/permissions: no mode approves what is under `ask` by itself. */
const SETTINGS: JsonObject = {
  permissions: {
    ask: [
      'mcp__code-engine__run',
      'mcp__code-engine__apply',
      'Bash(code-engine run *)',
      'Bash(code-engine runs approve *)',
    ],
    deny: ['Read(./.env)', 'Read(./.env.*)'],
  },
};

/** What lies in `.code/` and belongs into no repository. */
const IGNORED = ['/runs/', '/cache/', '/state/', '/secrets.env', '/kind/', '*.kubeconfig'];

function ignoring(before: string | undefined): BlockChange {
  const there = new Set(before?.split(/\r?\n/).map((line) => line.trim()));
  const missing = IGNORED.filter((line) => !there.has(line));
  if (missing.length === 0) return { kind: 'text', text: before ?? '' };
  const head = before === undefined ? '' : before === '' || before.endsWith('\n') ? before : `${before}\n`;
  return { kind: 'text', text: `${head}${missing.join('\n')}\n` };
}
