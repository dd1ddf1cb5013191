// The licence texts of every package that is bundled, for dist/LICENSES.txt: most licences ask that their text goes with the code.
// A package without a licence that we know to be compatible with ours fails the build.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ALLOWED = [
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
  'Python-2.0',
  // Files under it stay under it, with their text and where to get their source; the rest is not touched.
  'MPL-2.0',
];

/**
 * @param {readonly import('esbuild').Metafile[]} metafiles what went into each bundle
 * @param {string} file where the texts go
 */
export function writeLicences(metafiles, file) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
        const found = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
        if (found?.[1] !== undefined && bytesInOutput > 0) folders.add(found[1]);
      }
    }
  }
  const sections = [...folders].map(section).sort((a, b) => (a.title < b.title ? -1 : 1));
  const unique = sections.filter(({ title }, index) => title !== sections[index - 1]?.title);
  const intro = `This product contains the following ${unique.length} packages, each under its own licence.\n`;
  writeFileSync(
    file,
    [intro, ...unique.map(({ title, text }) => `${'='.repeat(80)}\n${title}\n\n${text}\n`)].join('\n'),
  );
}

function section(folder) {
  const { name, version, license, licenses, homepage, repository, author } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const id =
    typeof license === 'string' ? license : (license?.type ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'none');
  const choices = id.replace(/[()]/g, '').split(/ OR | AND /);
  if (!(id.includes(' AND ') ? choices.every(isAllowed) : choices.some(isAllowed))) {
    throw new Error(`${name}@${version} is under ${id}, which is not on the list of scripts/licences.mjs.`);
  }
  const where = homepage ?? (typeof repository === 'string' ? repository : repository?.url) ?? '';
  const own = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|-|$)/i.test(entry));
  const who = typeof author === 'string' ? author : author?.name;
  const text =
    own === undefined
      ? `${id}${who === undefined ? '' : `, ${who}`} (the package carries no licence text)`
      : readFileSync(join(folder, own), 'utf8').trim();
  const notice = existsSync(join(folder, 'NOTICE'))
    ? `\n\nNOTICE\n\n${readFileSync(join(folder, 'NOTICE'), 'utf8').trim()}`
    : '';
  return {
    title: `${name} ${version} (${id})${where === '' ? '' : `\n${where.replace(/^git\+/, '')}`}`,
    text: text + notice,
  };
}

const isAllowed = (id) => ALLOWED.includes(id.trim());
