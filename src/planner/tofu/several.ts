/**
 * Several of one thing: "queues billing and shipping". The component writes one resource; here it becomes one for each name, what
 * belongs to it follows, and everything else sees all of them. Each is a block of its own, so that what is said of one alone can differ;
 * one block with `for_each` only where the words ask for that.
 */

/** Types that there is one of for each thing that they refer to. */
const FOLLOWS = /^(?:aws_sqs_queue_policy|aws_sns_topic_(?:subscription|policy)|aws_s3_bucket_\w+|aws_ecr_(?:lifecycle|repository)_policy|aws_cloudwatch_metric_alarm|aws_lambda_(?:permission|event_source_mapping|function_url|function_event_invoke_config)|aws_cloudwatch_event_target|aws_apigatewayv2_(?:integration|route)|aws_ebs_volume|aws_iam_user_\w+|aws_secretsmanager_secret_version)$/; // prettier-ignore

type Blocks = Map<string, string>;

/** What a module holds while it is put together, by `type.label`. */
export interface Parts {
  readonly resources: Blocks;
  readonly data: Blocks;
  readonly outputs: Blocks;
}

/** Names by the address of the resource that they are of. */
export type Groups = ReadonlyMap<string, readonly string[]>;

/** What belongs to a thing without referring to it, such as the role of a function, by the thing's address. */
type Belongings = ReadonlyMap<string, readonly string[]>;

/** Everything that there is one of for each: the resource, and what refers to it alone. */
function closure({ resources, data }: Parts, base: string, also: readonly string[]): Set<string> {
  const grouped = new Set([base, ...also.filter((a) => resources.has(a))]);
  let changed = true;
  while (changed) {
    changed = false;
    for (const [blocks, prefix] of [
      [resources, ''],
      [data, 'data.'],
    ] as const)
      for (const [address, text] of blocks) {
        const full = `${prefix}${address}`;
        if (grouped.has(full) || !follows(address, prefix) || !refersTo(text, grouped)) continue;
        grouped.add(full);
        changed = true;
      }
  }
  return grouped;
}

const bare = (full: string): string => full.replace(/^data\./, '');
const blocksOf = (parts: Parts, full: string): Blocks => (full.startsWith('data.') ? parts.data : parts.resources);

/**
 * A block for each name.
 * @param variantOf the module as it would be if only one of the names were spoken of
 */
export function separate(
  parts: Parts,
  groups: Groups,
  belongings: Belongings,
  variantOf: (base: string, name: string) => Parts,
): void {
  for (const [base, names] of groups) {
    if (!parts.resources.has(base)) continue;
    const made = new Map<string, string[]>();
    const blocks: [string, string][] = [];
    for (const name of names) {
      const own = variantOf(base, name);
      const grouped = closure(own, base, belongings.get(base) ?? []);
      for (const full of grouped) {
        const text = blocksOf(own, full).get(bare(full));
        if (text === undefined) continue;
        const address = renamed(full, name);
        made.set(full, [...(made.get(full) ?? []), address]);
        blocks.push([address, written(text, grouped, name)]);
      }
    }
    const gone = closure(parts, base, belongings.get(base) ?? []);
    for (const full of gone) blocksOf(parts, full).delete(bare(full));
    for (const [blocksHere] of [[parts.resources], [parts.data]] as const)
      for (const [address, text] of blocksHere) blocksHere.set(address, everyOne(text, made));
    for (const [full, text] of blocks) blocksOf(parts, full).set(bare(full), text);
    for (const [name, text] of parts.outputs) parts.outputs.set(name, everyOutput(text, base, names, made));
  }
}

const identifier = (name: string): string => name.replace(/\W+/g, '_').replace(/^(?=\d)/, 'n');

function renamed(full: string, name: string): string {
  const at = full.lastIndexOf('.');
  const label = full.slice(at + 1);
  return `${full.slice(0, at)}.${label === 'main' ? identifier(name) : `${label}_${identifier(name)}`}`;
}

/** The block of one of them: its own label, its own name, its own neighbours. */
function written(text: string, grouped: ReadonlySet<string>, name: string): string {
  const named = /\beach\.(?:key|value)\b/.test(text)
    ? text
    : text.replace(/^(\s+(?:name|alarm_name)\s+= "\$\{var\.name\}-[\w-]+)"/m, `$1-${name}"`);
  let made = named
    .replace(/\$\{each\.(?:key|value)\}/g, name)
    .replace(/(?<![\w."])each\.(?:key|value)(?![\w."])/g, JSON.stringify(name));
  for (const full of [...grouped].sort((a, b) => b.length - a.length))
    made = made.replace(new RegExp(`(?<![\\w.])${escaped(full)}(?![\\w])`, 'g'), renamed(full, name));
  return made.replace(/^(\w+ "[^"]+" )"([^"]+)"/, (_all, head: string, label: string) => `${head}"${label === 'main' ? identifier(name) : `${label}_${identifier(name)}`}"`); // prettier-ignore
}

/** In a block that there is only one of: lists take all of them, anything else the first. */
function everyOne(text: string, made: ReadonlyMap<string, readonly string[]>): string {
  let result = text;
  for (const [full, addresses] of made) {
    const reference = new RegExp(`(?<![\\w.])${escaped(full)}(?!\\w)`, 'g');
    result = result.replace(/(?<![\w\]])\[([^[\]]*)\]/g, (list: string, body: string) => {
      if (!reference.test(body)) return list;
      const items = body.split(/,\s*/).map((i) => i.trim()).filter((i) => i !== ''); // prettier-ignore
      const more = items.flatMap((i) =>
        i.search(reference) < 0 ? [i] : addresses.map((a) => i.replace(reference, a)),
      );
      return body.includes('\n') ? `[\n${more.map((i) => `    ${i},\n`).join('')}  ]` : `[${more.join(', ')}]`;
    });
    result = result.replace(reference, addresses[0] ?? full);
  }
  return result;
}

function everyOutput(
  text: string,
  base: string,
  names: readonly string[],
  made: ReadonlyMap<string, readonly string[]>,
): string {
  const match = new RegExp(`(value +=) ${escaped(base)}\\.([\\w.]+)`).exec(text);
  if (match === null) return everyOne(text, made);
  const width = Math.max(...names.map((n) => n.length)) + 2;
  const items = names.map((n) => `    ${JSON.stringify(n).padEnd(width)} = ${renamed(base, n)}.${match[2] ?? 'id'}\n`).join(''); // prettier-ignore
  return text.replace(match[0], `value = {\n${items}  }`);
}

/** One block with `for_each` for each group. */
export function multiply(parts: Parts, groups: Groups): void {
  const { resources, data, outputs } = parts;
  for (const [base, names] of groups) {
    if (!resources.has(base)) continue;
    const grouped = closure(parts, base, []);
    for (const full of grouped) {
      const over = full === base ? `toset(${JSON.stringify(names).replaceAll(',', ', ')})` : base;
      const blocks = blocksOf(parts, full);
      blocks.set(bare(full), withForEach(blocks.get(bare(full)) ?? '', over));
    }
    for (const [blocks, prefix] of [[resources, ''], [data, 'data.']] as const)
      for (const [address, text] of blocks) blocks.set(address, grouped.has(`${prefix}${address}`) ? one(text, base, grouped) : all(text, grouped)); // prettier-ignore
    for (const [name, text] of outputs) outputs.set(name, eachOutput(text, base, grouped));
  }
}

const escaped = (address: string): string => address.replace(/\./g, '\\.');
const follows = (address: string, prefix: string): boolean => {
  const [type = ''] = address.split('.');
  return prefix === '' && FOLLOWS.test(type);
};
const refersTo = (text: string, grouped: ReadonlySet<string>): boolean =>
  !/\n {2}(?:count|for_each) +=/.test(text) &&
  [...grouped].some((a) => new RegExp(`(?<![\\w.])${escaped(a)}\\.`).test(text));

const withForEach = (text: string, over: string): string => text.replace(/\{\n/, `{\n  for_each = ${over}\n\n`);

/** Inside a block of its own for each name. */
function one(text: string, base: string, grouped: ReadonlySet<string>): string {
  let made = text;
  for (const address of grouped)
    made = made.replace(new RegExp(`(?<![\\w.])${escaped(address)}(?=\\.)`, 'g'), address === base ? 'each.value' : `${address}[each.key]`); // prettier-ignore
  // What it waits for is named as a whole.
  return made.replace(/(depends_on = \[)([^\]]*)\]/, (_all, head: string, list: string) => `${head}${list.replace(/\[each\.key\]/g, '')}]`); // prettier-ignore
}

/** In a block that there is only one of: lists take all of them, anything else the first. */
function all(text: string, grouped: ReadonlySet<string>): string {
  let made = text;
  for (const address of grouped) {
    const reference = new RegExp(`(?<![\\w.])${escaped(address)}\\.`, 'g');
    made = made.replace(/(?<![\w\]])\[([^[\]]*)\]/g, (list: string, body: string) =>
      reference.test(body) && !/depends_on/.test(list)
        ? `flatten([for r in ${address} : [${body.replace(reference, 'r.')}]])`
        : list,
    );
    made = made.replace(
      new RegExp(`(?<!for r in )(?<![\\w.])${escaped(address)}\\.(?=\\w)`, 'g'),
      `values(${address})[0].`,
    );
  }
  return made;
}

function eachOutput(text: string, base: string, grouped: ReadonlySet<string>): string {
  for (const address of grouped) {
    const match = new RegExp(`(value +=) ${escaped(address)}\\.([\\w.]+)`).exec(text);
    if (match !== null) return text.replace(match[0], `${match[1] ?? 'value ='} { for k, r in ${address} : k => r.${match[2] ?? 'id'} }`); // prettier-ignore
  }
  return all(text, new Set([base]));
}
