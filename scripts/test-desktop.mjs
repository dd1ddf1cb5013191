// The suite of a real editor on a desktop VS Code instead of a browser: npm run test:desktop [WORD…]
// @vscode/test-electron fetches one (CODE_E2E_VSCODE names one that is there); it needs a display, on Linux `xvfb-run -a npm run test:desktop`.
import { spawnSync } from 'node:child_process';

const words = process.argv.slice(2);
const result = spawnSync(
  process.execPath,
  ['scripts/test.mjs', '--all', ...(words.length > 0 ? words : ['e2e/workbench', 'e2e/planning', 'e2e/language'])],
  { stdio: 'inherit', env: { ...process.env, CODE_E2E_DRIVER: 'desktop' } },
);
process.exit(result.status ?? 1);
