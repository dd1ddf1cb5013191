import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chooseProvider } from '../../src/cli/choose-provider.ts';
import { claudeTrusts, runClaude, runPython } from '../../src/cli/model-programs.ts';
import { factsFrom } from '../../src/planner/context/facts.ts';
import { claudeCode } from '../../src/planner/providers/claude-code.ts';
import { modelPlan } from '../../src/planner/providers/model-plan.ts';
import { python } from '../../src/planner/providers/python.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';
import { memoryIo, type MemoryIo } from '../cli/memory-io.ts';
import { Readable } from 'node:stream';

const SELECTION = {
  rationale: 'A cache was asked for.',
  target: 'kubernetes',
  questions: [],
  namespace: 'shop',
  components: [{ id: 'redis', name: 'cache', image: '', replicas: 1, port: 0, storage: '2Gi', host: '', expose: 'internal' }],
}; // prettier-ignore

/** As Claude Code prints it with `--output-format json --json-schema`. */
const RESULT = {
  type: 'result',
  subtype: 'success',
  is_error: false,
  duration_ms: 4200,
  num_turns: 2,
  result: 'Chosen.',
  session_id: '00000000-0000-4000-8000-000000000000',
  total_cost_usd: 0.0123,
  usage: { input_tokens: 12, cache_creation_input_tokens: 1000, cache_read_input_tokens: 500, output_tokens: 99 },
  structured_output: SELECTION,
};

describe('models that are asked through a program', () => {
  let root: string;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), 'programs-')));
    mkdirSync(path.join(root, 'bin'));
    mkdirSync(path.join(root, 'shop', '.code'), { recursive: true });
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const program = (name: string, text: string): void => {
    writeFileSync(path.join(root, 'bin', name), text);
    chmodSync(path.join(root, 'bin', name), 0o755);
  };
  const at = (more: Record<string, string> = {}): MemoryIo =>
    memoryIo(Readable.from([]), {
      cwd: path.join(root, 'shop'),
      env: { PATH: `${path.join(root, 'bin')}:/usr/bin:/bin`, HOME: root, ...more },
    });
  /** A stand-in that keeps what it was given and says what it is told to. */
  const claude = (says: object, exit = 0): void =>
    program(
      'claude',
      `#!/bin/sh\nif [ "$1" = --version ]; then echo "2.1.0 (Claude Code)"; exit 0; fi\npwd > ${root}/pwd\nprintf '%s\\n' "$@" > ${root}/args\ncat > ${root}/stdin\ncat <<'END'\n${JSON.stringify(says)}\nEND\nexit ${exit}\n`,
    );
  const plan = (
    provider: Parameters<typeof modelPlan>[1],
    signal = new AbortController().signal,
  ): ReturnType<typeof modelPlan> =>
    modelPlan('a cache for the shop', provider, {
      facts: factsFrom('shop', []),
      catalogue,
      context: '<facts>{}</facts>',
      environment: {},
      signal,
    });

  it('Claude Code: asked by its published form, in an empty folder, with no tool; cost and tokens as it says', async () => {
    claude(RESULT);
    const planned = await plan(claudeCode(runClaude(at())));
    assert.ok(planned.ok);
    assert.equal(planned.value.provider, 'claude-code (sonnet)');
    assert.ok(planned.value.draft.files.some((f) => f.text.includes('redis')));
    assert.equal(planned.value.costUsd, 0.0123);
    assert.deepEqual(planned.value.usage, { inputTokens: 1512, outputTokens: 99, cachedTokens: 500 });
    const args = readFileSync(path.join(root, 'args'), 'utf8');
    assert.match(args, /^-p\n--output-format\njson\n--model\nsonnet\n--json-schema\n\{"type":"object"/);
    assert.match(args, /--disallowedTools\nBash,Edit,Write/);
    assert.match(readFileSync(path.join(root, 'stdin'), 'utf8'), /<description>\na cache for the shop/);
    assert.ok(!args.includes('a cache for the shop'));
    const folder = readFileSync(path.join(root, 'pwd'), 'utf8').trim();
    assert.ok(!folder.startsWith(root) && !existsSync(folder));
  });

  for (const [what, says, exit, kind] of [
    [
      'a login that is missing',
      { ...RESULT, is_error: true, result: 'Invalid API key · Please run /login', structured_output: undefined },
      1,
      'denied',
    ],
    [
      'a usage limit',
      { ...RESULT, is_error: true, result: 'Claude AI usage limit reached|1764400000', structured_output: undefined },
      1,
      'unreachable',
    ],
  ] as const)
    // prettier-ignore
    it(`Claude Code: says honestly that it is about ${what}`, async () => {
      claude(says, exit);
      const planned = await plan(claudeCode(runClaude(at())));
      assert.ok(!planned.ok && planned.failure.kind === kind, JSON.stringify(planned));
    });

  it('Claude Code: an answer that is none leaves the built-in planner’s plan', async () => {
    program('claude', '#!/bin/sh\ncat > /dev/null\necho "segmentation fault" >&2\nexit 139\n');
    const planned = await plan(claudeCode(runClaude(at())));
    assert.ok(planned.ok && planned.value.provider === 'catalog');
    assert.match(planned.value.reason ?? '', /published form/);
  });

  it('Claude Code: is cancelled by its signal', async () => {
    program('claude', `#!/bin/sh\ntouch ${root}/started\nexec sleep 60\n`);
    const abort = new AbortController();
    const pending = plan(claudeCode(runClaude(at())), abort.signal);
    while (!existsSync(path.join(root, 'started'))) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    const planned = await pending;
    assert.ok(!planned.ok && planned.failure.kind === 'cancelled');
  });

  it('is taken by itself only in a folder that somebody trusted in Claude Code', async () => {
    const taken = async (): Promise<string | undefined> => {
      const chosen = await chooseProvider('auto', undefined, at());
      return chosen.ok ? chosen.value.provider?.id : 'refused';
    };
    assert.equal(await taken(), undefined);
    claude(RESULT);
    assert.equal(await taken(), undefined);
    const trust = (value: boolean): void =>
      writeFileSync(
        path.join(root, '.claude.json'),
        JSON.stringify({ projects: { [path.join(root, 'shop')]: { hasTrustDialogAccepted: value } } }),
      );
    trust(false);
    assert.equal(claudeTrusts(at()), false);
    trust(true);
    assert.equal(await taken(), 'claude-code');
    const chosen = await chooseProvider('auto', undefined, at({ ANTHROPIC_API_KEY: 'key' }));
    assert.ok(
      chosen.ok && chosen.value.provider?.id === 'claude' && chosen.value.reason === 'ANTHROPIC_API_KEY is set',
    );
  });

  it('says what is missing: the program, the library, the name of a model', async () => {
    const { signal } = new AbortController();
    const none = await claudeCode(runClaude(at())).health(signal);
    assert.ok(!none.ok && none.failure.kind === 'missing');
    const nameless = await python('langchain', runPython(at()), {}).health(signal);
    assert.ok(!nameless.ok && nameless.failure.kind === 'usage');
    program('python3', '#!/bin/sh\necho "ModuleNotFoundError: No module named \'langchain\'" >&2\nexit 1\n');
    const library = await python('langchain', runPython(at()), {}, 'ollama:x').health(signal);
    assert.ok(
      !library.ok && library.failure.kind === 'missing' && /pip install langchain/.test(library.failure.next ?? ''),
    );
  });

  it('LangChain and Transformers: the request goes in as data, the last line comes out', async () => {
    for (const kind of ['langchain', 'transformers'] as const) {
      const answer =
        kind === 'langchain'
          ? { json: SELECTION, text: '', in: 7, out: 8 }
          : { text: `Here:\n${JSON.stringify(SELECTION)}`, in: 7, out: 8 };
      program(
        'python3',
        `#!/bin/sh\ncat > ${root}/stdin\necho "some warning"\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n`,
      );
      const planned = await plan(python(kind, runPython(at()), {}, 'a-model'));
      assert.ok(planned.ok && planned.value.provider === `${kind} (a-model)`, JSON.stringify(planned));
      const sent = JSON.parse(readFileSync(path.join(root, 'stdin'), 'utf8')) as {
        model: string;
        schema: object;
        user: string;
      };
      assert.equal(sent.model, 'a-model');
      assert.match(sent.user, /a cache for the shop/);
    }
  });
});
