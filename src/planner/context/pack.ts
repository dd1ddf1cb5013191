/** What a model would be told about a workspace: files by rank, packed to a budget, credentials taken out, everything accounted for. */
import { looksLikeSecret } from '../../core/redact.ts';
import type { WorkspaceFacts } from './facts.ts';
import { readWorkspaceFile } from './workspace.ts';

export interface ContextFile {
  readonly path: string;
  readonly tokens: number;
  /** What was taken out, by kind. */
  readonly redactions: readonly string[];
  /** It is part of the request; else `why` not. */
  readonly sent: boolean;
  readonly why?: string;
  readonly text: string;
}

export interface PackedContext {
  /** The facts and the files that are sent, as the text that goes into a request. */
  readonly text: string;
  readonly tokens: number;
  readonly files: readonly ContextFile[];
}

/**
 * Without a tokenizer: more than there will be, so that a budget is never exceeded. JSON and paths have about 2.9 bytes a token in the
 * tokenizers of small models (measured), prose four.
 */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 2.7);

/** Files that say most about how a project is deployed, best first. */
const RANKS: readonly (readonly [RegExp, number])[] = [
  [/^\.claude\/project\.json$/, 100],
  [/^\.claude\/context\/[^/]+\.md$/, 90],
  [/^\.claude\/commands\.json$/, 80],
  [/^CLAUDE\.md$/, 80],
  [/(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w-]+)?$/, 70],
  [/(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/, 65],
  [/(?:^|\/)Chart\.yaml$/, 60],
  [/(?:^|\/)(?:package\.json|pyproject\.toml|requirements\.txt|go\.mod|Cargo\.toml|pom\.xml)$/, 55],
  [/(?:^|\/)values[\w.-]*\.ya?ml$/, 50],
  [/\.code\.ya?ml$/, 50],
  [/(?:^|\/)(?:k8s|kubernetes|manifests|deploy)\/.*\.ya?ml$/, 45],
  [/\.tf$/, 40],
  [/^README\.md$/i, 30],
];

const rankOf = (file: string, words: ReadonlySet<string>): number => {
  const rank = RANKS.find(([pattern]) => pattern.test(file))?.[1] ?? 0;
  if (rank === 0) return 0;
  const named = file
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some((part) => part.length > 3 && words.has(part));
  return rank + (named ? 20 : 0) - file.split('/').length;
};

/**
 * @param budget tokens for the whole of the context
 * @param description words in it raise files that they name
 */
export function packContext(root: string, facts: WorkspaceFacts, description: string, budget: number): PackedContext {
  const words = new Set(
    description
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((w) => w.length > 3),
  );
  const head = JSON.stringify({
    name: facts.name,
    languages: facts.languages,
    dockerfiles: facts.builds,
    charts: facts.charts,
    modules: facts.modules,
    manifests: facts.manifests,
    compose: facts.composeFiles,
    scripts: facts.scripts,
    files: facts.files.slice(0, 200),
  });
  let used = estimateTokens(head);
  const ranked = facts.files
    .map((file) => ({ file, rank: rankOf(file, words) }))
    .filter((f) => f.rank > 0)
    .sort((a, b) => b.rank - a.rank || a.file.localeCompare(b.file))
    .slice(0, 60);
  const files = ranked.map(({ file }): ContextFile => {
    const raw = readWorkspaceFile(root, file, 16_384);
    if (raw === undefined)
      return {
        path: file,
        tokens: 0,
        redactions: [],
        sent: false,
        why: 'not readable as text, or on the deny list',
        text: '',
      };
    const { text, redactions } = redact(raw);
    const tokens = estimateTokens(text);
    if (used + tokens > budget)
      return { path: file, tokens, redactions, sent: false, why: 'beyond the budget', text: '' };
    used += tokens;
    return { path: file, tokens, redactions, sent: true, text };
  });
  const body = files
    .filter((f) => f.sent)
    .map((f) => `<file path=${JSON.stringify(f.path)}>\n${f.text.replaceAll('</file>', '<\\/file>')}\n</file>`);
  const text = [`<facts>${head}</facts>`, ...body].join('\n');
  return { text, tokens: estimateTokens(text), files };
}

const ASSIGNED =
  /((?:^|[\s,;{([<])["']?[\w.-]*(?:password|passwd|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credential)[\w.-]*["']?[ \t]*[:=][ \t]*)(["']?)(?!\$|\{|<|null\b|true\b|false\b|\*\*\*)([^\s"',;}\])]+)\2/gim;

/** Takes credentials out of a text, by shape and by the names they are assigned to. */
export function redact(source: string): { text: string; redactions: string[] } {
  const redactions: string[] = [];
  let text = source.replace(
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY[^\n]*|$)/g,
    () => {
      redactions.push('private key');
      return '***';
    },
  );
  for (let i = 0; i < 200; i++) {
    const found = looksLikeSecret(text);
    if (found === undefined) break;
    redactions.push(found.kind);
    text = `${text.slice(0, found.start)}***${text.slice(found.start + found.length)}`;
  }
  text = text.replace(ASSIGNED, (whole, lead: string, quote: string, value: string) => {
    if (value.length < 4) return whole;
    redactions.push('assigned secret');
    return `${lead}${quote}***${quote}`;
  });
  return { text, redactions };
}

/** The last look at the bytes of a request before they leave: anything with the shape of a credential stops them. */
export function scanRequest(bytes: string): string | undefined {
  return looksLikeSecret(bytes)?.kind;
}
