// Makes the pictures of README and docs, from the packaged extension in a real workbench and from the monitor on a page of its own:
//   node scripts/screenshots.mjs [NAME…]     (after npm run build and node scripts/testbed/workbench.mjs)
import { spawnSync } from 'node:child_process';
const result = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/screenshots.ts', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
