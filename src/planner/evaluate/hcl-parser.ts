/** HCL parsed by HashiCorp's own parser, compiled to WebAssembly (@cdktn/hcl2json); loaded when it is first needed. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { failure, FailureError } from '../../core/failure.ts';

export type HclParser = (file: string, text: string) => Promise<Record<string, unknown>>;

type Bridge = Record<
  string,
  ((file: string, text: string, done: (error: string | null, json?: string) => void) => void) | undefined
>;

interface GoRuntime {
  readonly importObject: object;
  run(instance: object): Promise<void>;
}

/** What is used of the runtime's own WebAssembly, which the compiler's library for Node does not describe. */
interface Assembly {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ readonly instance: object }>;
}

let loaded: Promise<HclParser> | undefined;

export function hclParser(): Promise<HclParser> {
  loaded ??= load();
  return loaded;
}

/**
 * The program lies beside the bundle, or in the package where the source runs as it is. The extension's package leaves it out: it is as
 * large as all the rest, and only scores plans.
 */
function programBytes(): Uint8Array {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const beside = [path.join(here, 'hcl.wasm.gz'), path.join(here, '..', 'hcl.wasm.gz')].find((file) =>
    existsSync(file),
  );
  try {
    return gunzipSync(readFileSync(beside ?? inItsPackage()));
  } catch (error) {
    throw new FailureError(
      failure(
        'missing',
        'Plans with OpenTofu files cannot be scored here: the HCL parser is no part of the extension.',
        {
          next: 'Run it from a checkout of the sources: npm ci, npm run build, node dist/cli.js plan eval.',
          detail: String(error),
        },
      ),
    );
  }
}

const inItsPackage = (): string =>
  path.join(path.dirname(createRequire(import.meta.url).resolve('@cdktn/hcl2json/package.json')), 'main.wasm.gz');

async function load(): Promise<HclParser> {
  await import('@cdktn/hcl2json/wasm/bridge_wasm_exec.js');
  const scope = globalThis as unknown as {
    Go: new () => GoRuntime;
    WebAssembly: Assembly;
    __parse_terraform_config_wasm__: Bridge;
  };
  const bridge: Bridge = {};
  const go = new scope.Go();
  const { instance } = await scope.WebAssembly.instantiate(programBytes(), go.importObject);
  scope.__parse_terraform_config_wasm__ = bridge;
  // It runs for as long as this process does, and answers through the bridge.
  void go.run(instance);
  return (file, text) =>
    new Promise((resolve, reject) => {
      const parse = bridge['parse'];
      if (parse === undefined) {
        reject(new Error('the HCL parser did not start'));
        return;
      }
      parse(file, text, (error, json) =>
        error === null || error === ''
          ? resolve(JSON.parse(json ?? '{}') as Record<string, unknown>)
          : reject(new Error(error)),
      );
    });
}
