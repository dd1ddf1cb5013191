/**
 * Several of one thing: "queues billing and shipping". The component writes one resource; here it becomes one for each name, what
 * belongs to it follows, and everything else sees all of them.
 */

/** Types that there is one of for each thing that they refer to. */
const FOLLOWS = /^(?:aws_sqs_queue_policy|aws_sns_topic_(?:subscription|policy)|aws_s3_bucket_\w+|aws_ecr_(?:lifecycle|repository)_policy|aws_cloudwatch_metric_alarm|aws_lambda_permission|aws_lambda_event_source_mapping|aws_ebs_volume|aws_iam_user_\w+)$/; // prettier-ignore

/** Policy documents that belong to one thing, by their label. */
const OWN_DOCUMENTS = /^(?:queue|topic|tls_only|website|bucket_queue|cdn)$/;

type Blocks = Map<string, string>;

/**
 * @param resources blocks by `type.label` @param data blocks by `type.label`
 * @param groups names by the address of the resource that they are of
 */
export function multiply(
  resources: Blocks,
  data: Blocks,
  outputs: Blocks,
  groups: ReadonlyMap<string, readonly string[]>,
): void {
  for (const [base, names] of groups) {
    if (!resources.has(base)) continue;
    const grouped = new Set([base]);
    resources.set(
      base,
      withForEach(resources.get(base) ?? '', `toset(${JSON.stringify(names).replaceAll(',', ', ')})`),
    );
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
          blocks.set(address, withForEach(text, base));
          changed = true;
        }
    }
    for (const [blocks, prefix] of [[resources, ''], [data, 'data.']] as const)
      for (const [address, text] of blocks) blocks.set(address, grouped.has(`${prefix}${address}`) ? one(text, base, grouped) : all(text, grouped)); // prettier-ignore
    for (const [name, text] of outputs) outputs.set(name, eachOutput(text, base, grouped));
  }
}

const escaped = (address: string): string => address.replace(/\./g, '\\.');
const follows = (address: string, prefix: string): boolean => {
  const [type = '', label = ''] = address.split('.');
  return prefix === '' ? FOLLOWS.test(type) : type === 'aws_iam_policy_document' && OWN_DOCUMENTS.test(label);
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
