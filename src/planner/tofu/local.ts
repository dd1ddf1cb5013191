/** Resources that need no cloud: files and random values. */
import type { Component } from './components.ts';
import { raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

function file(m: TofuModule): void {
  m.providers.add('local');
  const name = m.take(/["'`]?([\w./-]*\w\.\w{1,5})["'`]?/)?.[1] ?? 'out.txt';
  const variable = m.variableFor('\\b(?:content|text|contents)\\b');
  const usual = m.take(/\bdefault(?:s to| is|:)?\s+["'`]?([\w .!-]+?)["'`]?(?=[,.;]|$)/i)?.[1];
  const text = m.take(/\b(?:content|text|contents|saying|says)\s*(?:is|of|=|:)?\s*["'`]([^"'`]+)["'`]/i)?.[1];
  m.resource('local_file', 'main', {
    filename: raw(`"\${path.module}/${name.replace(/^\.?\//, '')}"`),
    content:
      variable === undefined && text !== undefined
        ? text
        : m.variable(variable ?? 'content', 'string', `Text of ${name}.`, { default: usual ?? text ?? 'hello' }),
    file_permission: '0644',
  });
  m.output('path', 'local_file.main.filename', 'Where the file is.');
}

function random(m: TofuModule): void {
  m.providers.add('random');
  if (m.take(/\brandom (?:pet|name)\b/i)) {
    m.resource('random_pet', 'main', { length: 2 });
    m.output('name', 'random_pet.main.id', 'A name.');
    return;
  }
  m.resource('random_id', 'main', { byte_length: Number(m.take(/\b(\d+) bytes?\b/i)?.[1] ?? 8) });
  m.output('id', 'random_id.main.hex', 'A random id.');
}

export const LOCAL: readonly Component[] = [
  {
    id: 'local-file',
    names: /\blocal(?:[_ ]file| text file)\b|\ba (?:text )?file (?:called |named )?[\w-]+\.txt\b/i,
    make: file,
  },
  { id: 'random', names: /\brandom (?:id|pet|name|suffix|string)\b/i, make: random },
];
