/** Secrets that are written out in the file. */
import type { TaskTypeInfo } from '../core/catalogue.ts';
import { isObject } from '../core/json.ts';
import { CONNECTION_PASSWORD, looksLikeSecret } from '../core/secret-shapes.ts';
import { hasExpression } from '../core/template.ts';
import { find, textOf, type MapNode, type Node, type ScalarNode } from './node.ts';
import type { Report } from './report.ts';

const SECRET_NAME = /(?:^|_|-)(?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)$/i;

/** A parameter that is a secret by its definition. */
export function checkSecretText(node: ScalarNode, label: string, report: Report): void {
  const text = textOf(node);
  if (text === '' || hasExpression(text)) return;
  const name = label.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  report.add(
    'CODE050',
    node,
    `${label} is a secret: declare its name under secrets and write \${{ secrets.${name} }}`,
    {
      fixes: [report.replace(`Write \${{ secrets.${name} }}`, node, `\${{ secrets.${name} }}`)],
    },
  );
}

/** Tokens anywhere in a task, and values under names that say they are secret. */
export function checkSecretNames(task: MapNode, info: TaskTypeInfo, report: Report): void {
  const declared = isObject(info.parameters.properties) ? info.parameters.properties : {};
  for (const key of ['with', 'env'] as const) {
    const value = find(task, key)?.value;
    if (value?.kind !== 'map') continue;
    for (const entry of value.entries) {
      const name = textOf(entry.key);
      const schema = declared[name];
      if (key === 'with' && isObject(schema) && schema['x-secret'] === true) continue;
      checkNamed(name, entry.value, key === 'with' && schema !== undefined, report);
    }
  }
}

/** @param known the name is a parameter of the type, whose own definition says whether it is secret */
export function checkNamed(name: string, value: Node, known: boolean, report: Report): void {
  if (tokensIn(value, report) || known || value.kind !== 'scalar' || typeof value.value !== 'string') return;
  if (
    !SECRET_NAME.test(name) ||
    value.value === '' ||
    hasExpression(value.value) ||
    /^[./~$]|^(?:true|false|\d+)$/.test(value.value)
  )
    return;
  const secret = name.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  report.add(
    'CODE051',
    value,
    `${name} looks like a secret; declare it under secrets and write \${{ secrets.${secret} }}`,
    {
      fixes: [report.replace(`Write \${{ secrets.${secret} }}`, value, `\${{ secrets.${secret} }}`)],
    },
  );
}

function tokensIn(value: Node, report: Report): boolean {
  if (value.kind === 'seq') return value.items.some((item) => tokensIn(item, report));
  if (value.kind === 'map') return value.entries.some((entry) => tokensIn(entry.value, report));
  if (value.kind !== 'scalar' || typeof value.value !== 'string' || value.value.length < 20) return false;
  const found = looksLikeSecret(value.value);
  // The password of `postgres://app:app@localhost` is most often that of a throw-away database: no alarm.
  if (found === undefined || found.kind === CONNECTION_PASSWORD) return false;
  const secret = value.value.slice(found.start, found.start + found.length);
  const at = report.block.text.indexOf(secret, value.start);
  report.add(
    'CODE050',
    at < 0 || at >= value.end ? value : { start: at, end: at + secret.length },
    `this has the form of a secret (${found.kind}): whoever can read the file can use it. Declare a name under secrets and write \${{ secrets.NAME }}`,
  );
  return true;
}
