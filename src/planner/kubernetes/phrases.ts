/**
 * Long-winded ways to say a thing, in the short words that the grammars know: "should be named", "a maximum surge of", "a Service of type
 * NodePort", lists with bullets. What stands in quotes stays as it is.
 */
import { bracketed, Passage, Ledger } from '../text.ts';
import { prosaic } from './prose.ts';
import { inFieldsWords } from './sayings.ts';
import { itemized, spelledOut } from './series.ts';
import { asChanges } from './amend/reported.ts';
import { inPartsWords } from './system/sayings.ts';
import { namesObjects } from './system/system.ts';

const KIND = String.raw`(?:(?:image )?pull secret|config ?-?map|secret|pvc|persistent ?volume ?claim|service ?account)`;
const MUST = String.raw`(?:should|must|shall|will|is to|has to|needs to|may|can)`;

const RULES: readonly (readonly [RegExp, string])[] = [
  // Lists and marks of Markdown.
  [/^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+/gm, ''],
  [/\*\*([^*\n]+)\*\*/g, '$1'],
  [/^[ \t]*(?:the )?(?:metadata |resource |object |workload )?name[ \t]*[:=][ \t]*(?=\S)/gim, 'named '],
  [/^[ \t]*(?:container )?images?[ \t]*:[ \t]*(?=\S)/gim, 'image '],
  [/^[ \t]*(?:number of )?replicas?(?: count)?[ \t]*[:=][ \t]*(\d+)/gim, '$1 replicas'],
  // Kinds.
  [/(?<![\w-])services?,? (?:of|with|using)(?: the)? (?:service )?type[ :]+["'`]?(node ?-?port|load ?-?balancer|cluster ?-?ip|external ?-?name)["'`]?/gi, '$1 service'],
  [/\b(?:kubernetes|k8s) (?=(?:deployment|pod|service|job|cron|stateful|daemon|ingress|config|secret|namespace|role|network|persistent|horizontal|resource|limit|storage|gateway|http|pod)\w*)/gi, ''],
  [/\b(expose\w*) the (deployment|stateful ?set|pod) (\S+) ([^.;]*?),?\s+and the \2 (\S+) (?=(?:with|through|via|by|on|as)\b)/gi, '$1 the $2 $3 $4; $1 the $2 $5 '],
  // Rights.
  [/\b(?:please )?(?:name|call) the ((?:cluster )?role(?: ?binding)?|binding|service ?account)\s+(?:as\s+)?(?=["'`]?[a-z0-9])/gi, 'the $1 named '],
  [/\b((?:cluster )?role(?: ?binding)?|binding) name(?: is|:)?\s+(?=["'`]?[a-z0-9])/gi, '$1 named '],
  [/((?:^|[,;.]\s*|\band\s+))(?:an? )?(cluster )?binding (?:named )?(?=["'`]?[a-z0-9]+-)/gim, '$1$2role binding named '],
  [/\bthe (cluster )?binding (?:is )?(?:called |named )?(?=["'`]?[a-z0-9]+-)/gi, 'the $1role binding named '],
  [/\bthe ([a-z0-9-]+) (group|user)\s*\((?:its|their|the|whose) (?:real |exact )?name[^()]*? (?:is|=) ["'`]?([\w@.:-]+)["'`]?\)/gi, 'the $2 $3'],
  [/\b(?:members|people|everybody|everyone) (?:of|in) the (?:group )?["'`]?([a-z0-9][\w-]*)["'`]? group\b/gi, 'the group $1'],
  // Names.
  [new RegExp(String.raw`,?\s+(?:(?:which|that|it|and)\s+)?${MUST} be (?:called|named)\b`, 'gi'), ' named'],
  [/,?\s+(?:whose name is|having the name|(?:with|by|under|of) (?:the|a) name(?: of)?:?|which is (?:called|named)|that is (?:called|named)|has the name)\s+/gi, ' named '],
  [/(?:^|(?<=[.;,]\s)|\band )(?:please )?(?:name|call) (?:it|(?:this|that)(?: (?:rule|policy|budget|object|resource|role|claim|volume|autoscaler|one)\b)?|the \w+)\b(?: as)?/gim, 'named'],
  [new RegExp(String.raw`(?:^|(?<=[.;,]\s)|\band )(?:its|the) name (?:is|${MUST} be)\b`, 'gim'), 'named'],
  [new RegExp(String.raw`\b(container|pod|deployment|volume|service|secret|config ?map|job)(?:'s)?[ -]name(?:\s+(?:is|of|${MUST} be)|\s*[:=])?\s+(?=["'\x60]?[a-z0-9][\w-]*["'\x60]?(?:[\s,.;)]|$))`, 'gi'), '$1 named '],
  // Labels.
  [new RegExp(String.raw`\b(?:the )?(?:pod )?labels? (?:of|on|for) (?:the|its|all) (?:pods?|deployment|template|containers?)\s*(?:(?:is|are|${MUST} be|:)\s*)?`, 'gi'), 'labels '],
  [new RegExp(String.raw`\b(labels?|labell?ed|selector)\s+(?:are|is|${MUST} be|of|with|as|set to|:)\s+(?=["'\x60]?[\w./-]+["'\x60]?\s*[=:])`, 'gi'), '$1 '],
  [/\b(?:label(?:led|s)?|and label) (?:it|them|the pods?|this pod)(?: with)?(?: the labels?)? (?=["'`]?[\w./-]+["'`]?\s*[=:])/gi, 'labels '],
  [new RegExp(String.raw`(^|[.;\n]\s*)(deployment|pod|service|stateful ?set|daemon ?set|job|cron ?job|ingress|config ?map|secret|pvc|hpa|namespace|role|network ?policy|gateway|http ?route)(?:\s+(?:manifest|definition|spec|object|resource|yaml))?\s*:\s*(?:the\s+)?(?:named?\s*[:=]?\s+)?(?=["'\x60]?[a-z][a-z0-9-]*["'\x60]?\s*[,;.])`, 'gi'), '$1$2 named '],
  [/^[ \t]*kind[ \t]*[:=][ \t]*["'`]?(\w+)["'`]?[ \t]*$/gim, '$1'],
  // Images.
  [/\balways pull(?:s|ing|ed)?(?: (?:the|its) images?)?\b|\bpull(?:s|ing|ed)? (?:the|its) images? (?:always|every time)\b/gi, 'image pull policy Always'],
  [/\bnever pull(?:s|ing|ed)?(?: (?:the|its) images?)?\b/gi, 'image pull policy Never'],
  [/\b(?:only )?pull(?:s|ing|ed)?(?: (?:the|its) images?)? (?:only )?(?:if|when) (?:it is )?(?:not present|missing|absent|not there)\b/gi, 'image pull policy IfNotPresent'],
  [/\bread-write once\b/gi, 'ReadWriteOnce'],
  [/\bread-write many\b/gi, 'ReadWriteMany'],
  // Times.
  [/\b(after|within|for|than|takes|in) an? (second|minute|hour|day|week|month|year)\b/gi, '$1 1 $2'],
  [/\bhalf an hour\b/gi, '30 minutes'],
  [/([:,;(]\s*)name\s+(?=["'`][a-z0-9][a-z0-9-]*["'`]|[a-z0-9]+(?:-[a-z0-9]+)+[\s,.;)])/gi, '$1named '],
  [/\b(hpa|horizontal ?pod ?autoscaler)\s+\(?(?:autoscaling\/)?v2\)?/gi, '$1'],
  // Updates.
  [/\b(?:an? )?max(?:imum)?[ -]surge(?:\s+(?:of|is|at|set to))?/gi, 'maxSurge'],
  [/\b(?:an? )?max(?:imum)?(?: of)? (\d+%?|zero|one|no) unavailable(?: pods?| replicas?)?/gi, 'maxUnavailable $1'],
  [/\bmax(?:imum)?[ -]unavailable(?: pods?| replicas?)?(?:\s+(?:of|is|at|set to))?/gi, 'maxUnavailable'],
  [/\b(?:an? )?minimum available(?: pods?| replicas?)?(?:\s+(?:of|is|at|set to))?/gi, 'minAvailable'],
  [/\b(?:(?:should|must|can|could|may|to|that|and|so that|it)\s+)*(?:scal(?:e|es|ing)|grow(?:s|ing)?|expands?)\s+(?:(?:up|out)\s+)?(?:and\s+(?:down|shrinks?)\s+)?(?:(?:by itself|itself|on its own|automatically)(?:\s+(?:when|if|with|under|as|on)\b[^.;,]{0,40}?\b(?:busy|load|traffic|demand|needed|requests?))?|(?:when|if|with|under|as|on)\b[^.;,]{0,40}?\b(?:busy|load|traffic|demand|needed))(?!\s+(?:from|between)\b)/gi, ' autoscaled'],
  [/(?<![\w/])w\/o\s/gi, 'without '],
  [/(?<![\w/])w\/\s?(?=[a-z0-9])/gi, 'with '],
  [/\b(nightly|daily|hourly|weekly|monthly) (?:batch )?job\b(?=[^.;]*?[a-z0-9]\/[\w./-]+:\w)/gi, '$1 cronjob'],
  // Amounts.
  [/\b(cpu|memory) (requests?|limits?) (?:is |are )?(?:should be |must be )?set to\b/gi, '$1 $2'],
  [/\b(requests?|limits?) (?:of|for) (cpu|memory) (?:of|is|to|at|set to)\b/gi, '$2 $1'],
  [/\b(replicas?) (?:should be |must be |is |are )?set to\b/gi, '$1'],
  // Namespaces.
  [/\b(?:it|they|all of (?:it|them|these)|everything|all (?:objects|resources|of this)) (?:should |must |shall )?(?:be |go |live |run )?(?:deployed |placed |created |put )?(?:in|into|inside)(?: the)? namespace\b/gi, 'in namespace'],
]; // prettier-ignore

/** A command in the marks that it holds none of itself. */
const inQuotes = (command: string): string =>
  !command.includes('"') ? `"${command}"` : !command.includes('`') ? `\`${command}\`` : command;

/** The text of a description in plainer words, with a ledger of its own. */
export function plainly(text: Passage): Passage {
  const kept: string[] = [];
  let plain = text.text.replace(/"[^"\n]*"|`[^`\n]*`|(?<=[\s([])'[^'\n]*'(?=[\s,.;)\]]|$)/g, (quoted) => {
    if (!/[\s{}]/.test(quoted)) return quoted;
    kept.push(quoted);
    return `\uE000${kept.length - 1}\uE001`;
  });
  plain = inPartsWords(inFieldsWords(asChanges(plain)));
  for (const [words, short] of RULES) plain = plain.replace(words, short);
  plain = mountedByName(sameImage(recreated(prosaic(itemized(spelledOut(plain))))));
  plain = distribute(sameAgain(equals(plain)));
  const single = bracketed(plain);
  if (single !== plain && namesObjects(plain)) plain = single;
  plain = plain.replace(/\uE000(\d+)\uE001/g, (_mark, index: string) => kept[Number(index)] ?? '');
  plain = plain.replace(/\uE002([^\uE002]*)\uE002/g, (_mark, command: string) => inQuotes(command));
  return plain === text.text ? text : new Passage(plain, 0, new Ledger(plain));
}

const PAIR = String.raw`["'\x60]?[a-z][\w./-]*["'\x60]?\s*(?::\s?|=)\s*["'\x60]?[\w.-]*\w["'\x60]?(?![\w./-]*[:/])`;
const PAIRS = new RegExp(
  String.raw`(\b(?:labels?|labell?ed|selectors?|select(?:s|ing)?|match(?:es|ing)?|pods? with|pods? (?:that )?hav(?:e|ing)|annotations?|annotated)(?![\w-])[^.;:=\n]{0,40}?)(${PAIR}(?:\s*(?:,\s*and|,|and|&)\s*${PAIR})*)`,
  'gi',
);

/** "labels app: web and tier: front" as `labels app=web, tier=front`. */
const equals = (text: string): string =>
  text.replace(PAIRS, (_whole, lead: string, pairs: string) => {
    const plain = pairs.replace(
      /["'`]?([a-z][\w./-]*)["'`]?\s*(?::\s?|=)\s*["'`]?([\w.-]*\w)["'`]?(\s*(?:,\s*and|,|and|&)\s*)?/gi,
      (_pair, key: string, value: string, join: string | undefined) =>
        `${key}=${value}${join === undefined ? '' : ', '}`,
    );
    return `${lead}${plain}`;
  });

/** "mounts the same secret at …", "mount the config map at …": the object that was named last. */
function sameAgain(text: string): string {
  const again = new RegExp(
    String.raw`\b(?:the same|that|this|the)\s+(${KIND})(?=\s*[,.;)]|\s*$|\s+(?:at|to|in|into|under|on|as|is|are|should|must|mounted|read[ -]?only|for|and|with)\b)`,
    'gi',
  );
  return text.replace(again, (whole, kind: string, at: number) => {
    const named = [
      ...text
        .slice(0, at)
        .matchAll(
          new RegExp(
            String.raw`\b${KIND}s?\b(?:\s+(?:is|are|already|there|exists?|which|that))*\s+(?:(?:called|named)\s+)?(?:["'\x60]([a-z0-9][a-z0-9.-]*)["'\x60]|([a-z0-9]+(?:-[a-z0-9]+)+|(?<=(?:called|named)\s)[a-z0-9]+))`,
            'gi',
          ),
        ),
    ].filter((m) => kindWord(m[0]) === kindWord(kind));
    const name = named.at(-1)?.[1] ?? named.at(-1)?.[2];
    return name === undefined ? whole : `the ${kind} ${name}`;
  });
}

const kindWord = (word: string): string =>
  /^pvc|claim/i.test(word)
    ? 'claim'
    : /pull secret/i.test(word)
      ? 'pull'
      : word.replace(/[\s-]/g, '').slice(0, 6).toLowerCase();

/** "A from key a and B from key b of the secret s": the object is said once for all. */
const distribute = (text: string): string =>
  text.replace(
    new RegExp(
      String.raw`((?:\b[A-Z][A-Z0-9_]+\s+(?:from|=|is|using)\s+(?:the\s+)?key\s+["'\x60]?[\w.-]+["'\x60]?\s*(?:,\s*and\s+|,\s*|and\s+))+)(\b[A-Z][A-Z0-9_]+\s+(?:from|=|is|using)\s+(?:the\s+)?key\s+["'\x60]?[\w.-]*\w["'\x60]?)\s+((?:of|in|from)\s+(?:the\s+)?(?:secret|config ?-?map)\s+(?:called |named )?["'\x60]?[a-z0-9][a-z0-9.-]*["'\x60]?)`,
      'g',
    ),
    (_whole, list: string, last: string, object: string) =>
      `${list.replace(/(\bkey\s+["'`]?[\w.-]*\w["'`]?)/g, `$1 ${object}`)}${last} ${object}`,
  );

/** "delete the pod x … and run it again with …": what is made again is named again. */
const recreated = (text: string): string =>
  text.replace(
    /\b(?:delete|remove|destroy)\s+(?:the\s+)?(pod|deployment|stateful ?set|daemon ?set|job|cron ?job|config ?map|service)\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)["'`]?([^.;]*?)\b(and(?: then)?|then)\s+(re-?create|create|run|start|deploy|make|launch)\s+(?:it|the same(?: one)?|a new one)(?:\s+(?:again|anew|fresh))?/gi,
    (_whole, kind: string, name: string, between: string, _join: string, verb: string) =>
      `delete the ${kind} ${name}${between.replace(/,\s*$/, ' ')}, then ${verb.replace(/^re-?/i, '')} a ${kind} named ${name}`,
  );

/** "uses the same image": the one that was named last. */
const sameImage = (text: string): string =>
  text.replace(
    /\b(?:uses?|using|with|from|runs?|running)\s+the same image\b(?: as \S+(?: \S+)?)?/gi,
    (whole, at: number) => {
      const images = [
        ...text
          .slice(0, at)
          .matchAll(/(?<![\w./-])[a-z0-9][\w.-]*(?:\/[\w.-]+)*:[\w.-]*\w|(?<=\bimage )["'`]?[a-z0-9][\w./-]*\w/g),
      ];
      const image = images.at(-1)?.[0];
      return image === undefined ? whole : `uses the image ${image}`;
    },
  );

/** "mounts originals at /in and cache at /tmp": what kind of object each name stands for was said before. */
function mountedByName(text: string): string {
  const kinds = new Map<string, string>();
  for (const m of text.matchAll(
    new RegExp(String.raw`\b(${KIND})s?\s+(?:(?:called|named)\s+)?["'\x60]?([a-z0-9][a-z0-9-]*)["'\x60]?`, 'gi'),
  ))
    if (!/^(?:is|are|at|and|in|to|with|for|of|from|as|named|called|key|that|which)$/.test(m[2] ?? ''))
      kinds.set(m[2] ?? '', m[1] ?? '');
  const again = text.replace(/\bmount(?:s|ed|ing)?\b[^.;\n]*/gi, (clause) =>
    clause.replace(
      /(\b(?:[\w-]+)\s+)?["'`]?\b([a-z0-9][a-z0-9-]*)\b["'`]?(?=\s+(?:at|to|under|into|on|in)\s+["'`]?\/)/gi,
      (whole, before: string | undefined, name: string) => {
        const kind = kinds.get(name);
        return kind === undefined ||
          /\b(?:config ?-?map|secret|pvc|claim|volume|map|named|called)\s+$/i.test(before ?? '')
          ? whole
          : `${before ?? ''}${kind} ${name}`;
      },
    ),
  );
  // "with the high one"
  return again.replace(
    /\b(with|using|uses|gets?|has|in)\s+the\s+["'`]?([a-z0-9-]+)["'`]?\s+one\b/gi,
    (whole, verb: string, name: string) => {
      const found = new RegExp(
        String.raw`\b(priority class|service account|config map|secret|storage class|runtime class)\s+(?:named )?(${name}(?:-[a-z0-9-]+)?)\b`,
        'i',
      ).exec(again);
      return found === null ? whole : `${verb} ${found[1] ?? ''} ${found[2] ?? name}`;
    },
  );
}
