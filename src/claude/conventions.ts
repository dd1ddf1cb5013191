/** Habits of a code base, each with the evidence for it: nothing is said that no file shows. */
import { isObject, parseJson } from '../core/json.ts';

export interface Convention {
  readonly about: 'format' | 'language' | 'tests' | 'layout' | 'history';
  readonly text: string;
  /** The file that says so, or what was counted. */
  readonly evidence: string;
}

type Read = (file: string) => string | undefined;

export function conventionsOf(files: readonly string[], read: Read): Convention[] {
  return [...formatting(files, read), ...language(files, read), ...tests(files), ...layout(files), ...history(files)];
}

function formatting(files: readonly string[], read: Read): Convention[] {
  const found: Convention[] = [];
  const add = (text: string, evidence: string): void => void found.push({ about: 'format', text, evidence });
  const editor = read('.editorconfig');
  if (editor !== undefined) {
    const all = /^\[\*\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(editor)?.[1] ?? editor;
    const say = (key: string): string | undefined => new RegExp(`^\\s*${key}\\s*=\\s*(\\S+)`, 'm').exec(all)?.[1];
    const style = say('indent_style');
    const size = say('indent_size');
    if (style !== undefined)
      add(
        style === 'tab'
          ? 'Tabs for indentation.'
          : `${size ?? 'Spaces'}${size === undefined ? '' : ' spaces'} for indentation.`,
        '.editorconfig',
      );
    const width = say('max_line_length');
    if (width !== undefined && width !== 'off') add(`Lines of at most ${width} characters.`, '.editorconfig');
  }
  const formatters: readonly (readonly [RegExp, string])[] = [
    [/^\.?prettier(?:rc[\w.]*|\.config\.\w+)$/, 'Prettier formats the code; run it before a commit.'],
    [/^biome\.jsonc?$/, 'Biome formats and lints the code.'],
    [/^rustfmt\.toml$|^\.rustfmt\.toml$/, 'rustfmt formats the code with settings of its own.'],
    [/^\.clang-format$/, 'clang-format formats the code.'],
    [/^(?:eslint\.config\.\w+|\.eslintrc[\w.]*)$/, 'ESLint holds the rules; its warnings are meant.'],
    [/^\.golangci\.ya?ml$/, 'golangci-lint holds the rules.'],
    [/^\.?ruff\.toml$/, 'Ruff formats and lints the code.'],
    [/^\.pre-commit-config\.ya?ml$/, 'pre-commit checks every commit.'],
    [/^\.yamllint(?:\.ya?ml)?$/, 'yamllint holds the rules for YAML.'],
    [/^\.tflint\.hcl$/, 'tflint holds the rules for modules.'],
  ];
  for (const [pattern, text] of formatters) {
    const file = files.find((f) => pattern.test(f));
    if (file !== undefined) add(text, file);
  }
  return found;
}

function language(files: readonly string[], read: Read): Convention[] {
  const found: Convention[] = [];
  const add = (text: string, evidence: string): void => void found.push({ about: 'language', text, evidence });
  const tsconfig = files.find((f) => f === 'tsconfig.json');
  const options = tsconfig === undefined ? undefined : (read(tsconfig) ?? '');
  if (options !== undefined && /"strict"\s*:\s*true/.test(options))
    add('TypeScript is strict: no implicit `any`, no unchecked null.', 'tsconfig.json');
  const json = parseJson(read('package.json') ?? '');
  if (isObject(json)) {
    if (json['type'] === 'module') add('Modules are ES modules (`import`), not CommonJS.', 'package.json');
    const engines = isObject(json['engines']) ? json['engines']['node'] : undefined;
    if (typeof engines === 'string') add(`Runs on Node ${engines}.`, 'package.json');
  }
  const python = /^requires-python\s*=\s*["']([^"']+)/m.exec(read('pyproject.toml') ?? '')?.[1];
  if (python !== undefined) add(`Runs on Python ${python}.`, 'pyproject.toml');
  if (files.some((f) => /(?:^|\/)py\.typed$/.test(f)) || /^\[tool\.mypy\]/m.test(read('pyproject.toml') ?? ''))
    add('Python code carries types.', 'pyproject.toml or py.typed');
  const go = /^go\s+(\S+)/m.exec(read('go.mod') ?? '')?.[1];
  if (go !== undefined) add(`Written for Go ${go}.`, 'go.mod');
  const edition = /^edition\s*=\s*["'](\d+)/m.exec(read('Cargo.toml') ?? '')?.[1];
  if (edition !== undefined) add(`Rust edition ${edition}.`, 'Cargo.toml');
  return found;
}

const TESTS: readonly (readonly [RegExp, string])[] = [
  [/\.test\.[cm]?[jt]sx?$/, '`NAME.test.ts` (or .js)'],
  [/\.spec\.[cm]?[jt]sx?$/, '`NAME.spec.ts` (or .js)'],
  [/(?:^|\/)test_[\w-]+\.py$/, '`test_NAME.py`'],
  [/(?:^|\/)[\w-]+_test\.py$/, '`NAME_test.py`'],
  [/_test\.go$/, '`NAME_test.go` beside the code'],
  [/(?:^|\/)\w+Test\.(?:java|kt)$/, '`NameTest.java`'],
  [/(?:^|\/)tests\/[^/]+\.rs$/, 'integration tests under `tests/`'],
  [/_spec\.rb$/, '`NAME_spec.rb`'],
  [/\.bats$/, '`NAME.bats`'],
];

function tests(files: readonly string[]): Convention[] {
  return TESTS.flatMap(([pattern, what]): Convention[] => {
    const those = files.filter((f) => pattern.test(f));
    const [first] = those;
    if (first === undefined) return [];
    const folders = [...new Set(those.map((f) => f.split('/')[0] ?? f))].slice(0, 4);
    const where = those.every((f) => f.includes('/')) ? ` under ${folders.map((f) => `\`${f}/\``).join(', ')}` : '';
    return [
      {
        about: 'tests',
        text: `Tests are files called ${what}${where}.`,
        evidence: `${those.length} such files, such as ${first}`,
      },
    ];
  });
}

function layout(files: readonly string[]): Convention[] {
  const found: Convention[] = [];
  const sources = files.filter((f) => /^src\/[^/]+\/.+\.\w+$/.test(f));
  const rooms = [...new Set(sources.map((f) => f.split('/')[1] ?? ''))].sort();
  if (rooms.length >= 3)
    found.push({
      about: 'layout',
      text: `\`src/\` is divided into ${rooms
        .slice(0, 20)
        .map((r) => `\`${r}\``)
        .join(', ')}.`,
      evidence: `${sources.length} files below src/`,
    });
  for (const [file, text] of [
    ['ARCHITECTURE.md', 'The architecture is written down in `ARCHITECTURE.md`; keep it true.'],
    ['CONTRIBUTING.md', 'How to contribute is written down in `CONTRIBUTING.md`.'],
    ['AGENTS.md', 'Instructions for coding agents are in `AGENTS.md`.'],
    ['docs/adr/README.md', 'Decisions are kept in `docs/adr/`.'],
  ] as const)
    if (files.includes(file)) found.push({ about: 'layout', text, evidence: file });
  return found;
}

function history(files: readonly string[]): Convention[] {
  const found: Convention[] = [];
  const changelog = files.find((f) => /^CHANGELOG\.md$/i.test(f));
  if (changelog !== undefined)
    found.push({ about: 'history', text: `What users notice gets a line in \`${changelog}\`.`, evidence: changelog });
  const commits = files.find((f) => /^(?:commitlint\.config\.\w+|\.commitlintrc[\w.]*)$/.test(f));
  if (commits !== undefined)
    found.push({
      about: 'history',
      text: 'Commit messages follow a convention that commitlint checks.',
      evidence: commits,
    });
  return found;
}
