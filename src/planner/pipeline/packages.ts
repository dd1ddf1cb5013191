/** Packages of the workspace's languages, published to where others fetch them. */
import type { TaskDraft } from '../plan.ts';
import { shell, type PartContext } from './parts.ts';

interface Index {
  readonly name: string;
  readonly words: RegExp;
  readonly command: readonly string[];
  /** Variables that it reads: fixed ones, and the one that holds the token. */
  readonly env: Readonly<Record<string, string>>;
  readonly token: string;
}

const INDEXES: readonly Index[] = [
  { name: 'pypi', words: /\bpypi\b|\btwine\b/i, command: ['python3', '-m', 'twine', 'upload', '--non-interactive', 'dist/*'], env: { TWINE_USERNAME: '__token__' }, token: 'TWINE_PASSWORD' },
  { name: 'npm', words: /\bnpm(?:js)?(?: registry)?\b|\bnpm publish\b/i, command: ['npm', 'publish'], env: {}, token: 'NODE_AUTH_TOKEN' },
  { name: 'crates', words: /\bcrates(?:\.io)?\b|\bcargo publish\b/i, command: ['cargo', 'publish'], env: {}, token: 'CARGO_REGISTRY_TOKEN' },
  { name: 'rubygems', words: /\bruby ?gems\b|\bgem push\b/i, command: ['bundle', 'exec', 'rake', 'release'], env: {}, token: 'GEM_HOST_API_KEY' },
  { name: 'nuget', words: /\bnuget\b/i, command: ['dotnet', 'nuget', 'push', '**/*.nupkg'], env: {}, token: 'NUGET_API_KEY' },
  { name: 'maven', words: /\bmaven(?: central)?\b|\bnexus\b|\bartifactory\b|\bmvn deploy\b/i, command: ['mvn', '--batch-mode', 'deploy'], env: {}, token: 'MAVEN_PASSWORD' },
]; // prettier-ignore

/** Which secret holds the token: the one that the words name. */
const SECRET =
  /\b(?:token|secret|credentials?|api key|password)\b[^.;]{0,40}?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b|\b([A-Z][A-Z0-9]*_TOKEN)\b/;

export function publishTasks(context: PartContext): TaskDraft[] {
  const { text, facts, secrets } = context;
  const clause = /\bpublish\w*\b[^.;]*|\b(?:twine upload|npm publish|cargo publish|gem push|mvn deploy)\b[^.;]*/i.exec(text.text)?.[0] ?? ''; // prettier-ignore
  const index =
    INDEXES.find((i) => i.words.test(clause)) ??
    INDEXES.find((i) => facts.languages.includes({ pypi: 'python', npm: 'node', crates: 'rust', rubygems: 'ruby', nuget: 'dotnet', maven: 'java' }[i.name] ?? '')); // prettier-ignore
  if (index === undefined) return [];
  text.take(index.words);
  const named = text.take(SECRET);
  const secret = named?.[1] ?? named?.[2] ?? index.token;
  secrets.add(secret);
  return [
    shell(`publish_${index.name}`, 'Publish the package.', index.command, {
      env: { ...index.env, [index.token]: `\${{ secrets.${secret} }}` },
    }),
  ];
}

/** Files put into a bucket, and what a distribution has cached of them dropped. */
export function uploadTasks({ text, assume, inputs }: PartContext): TaskDraft[] {
  const bucket = text.take(/\b(s3:\/\/[\w./-]*\w)/i)?.[1];
  const folder = text.take(
    /\b(?:upload|sync|copy|put|publish)\w*\s+(?:the\s+)?(?:folder\s+|contents of\s+)?["'`]?(\.{0,2}\/?[\w./-]*\w)["'`]?(?:\s+(?:folder|directory))?\s+(?:to|into)\b/i,
  )?.[1];
  const distribution = text.take(/\bdistribution\s+(?:id\s+)?["'`]?([A-Z0-9]{6,16})\b/)?.[1];
  const invalidates = text.take(/\binvalidat\w+\b[^.;,]*/i) !== undefined;
  text.take(/\baws s3 (?:sync|cp)\b/i);
  const source = folder ?? 'dist';
  if (bucket !== undefined)
    assume(`What lies in ${source} replaces what is in ${bucket}: files that are gone are removed there.`);
  if (invalidates && distribution === undefined)
    inputs['distribution'] = { type: 'string', description: 'Distribution whose cache is dropped.' };
  const upload =
    bucket === undefined
      ? []
      : [shell('upload_s3', `Put ${source} into ${bucket}.`, ['aws', 's3', 'sync', source, bucket, '--delete'])];
  const drop = shell(
    'invalidate_cdn',
    'Drop what the distribution has cached.',
    [
      'aws',
      'cloudfront',
      'create-invalidation',
      '--distribution-id',
      distribution ?? '${{ inputs.distribution }}',
      '--paths',
      '/*',
    ],
    upload.length === 0 ? {} : { dependsOn: ['upload_s3'] },
  );
  return invalidates ? [...upload, drop] : upload;
}
