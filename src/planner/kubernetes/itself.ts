/** What a pod knows of itself, as environment variables. */
import type { Said } from './attributes.ts';
import type { DraftObject } from './model.ts';

const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/NODE_NAME$|^NODE$/, 'spec.nodeName'],
  [/POD_NAME$/, 'metadata.name'],
  [/NAMESPACE$/, 'metadata.namespace'],
  [/POD_IP$/, 'status.podIP'],
  [/(?:HOST|NODE)_IP$/, 'status.hostIP'],
  [/SERVICE_ACCOUNT(?:_NAME)?$/, 'spec.serviceAccountName'],
  [/POD_UID$/, 'metadata.uid'],
];
const RESOURCES: readonly (readonly [RegExp, string])[] = [
  [/CPU_LIMIT$/, 'limits.cpu'],
  [/CPU_REQUEST$/, 'requests.cpu'],
  [/MEM(?:ORY)?_LIMIT$/, 'limits.memory'],
  [/MEM(?:ORY)?_REQUEST$/, 'requests.memory'],
];

/** "MY_NODE_NAME and MY_POD_IP from the downward API": what the pod knows of itself. */
function downward(said: Said): { name: string; valueFrom: DraftObject }[] {
  const found: { name: string; valueFrom: DraftObject }[] = [];
  const list = said.take(
    /((?:\b[A-Z][A-Z0-9_]+\b(?:\s*(?:,|and)\s*)*)+)\s*(?:come |are |taken |set )?(?:from|via|by|through|using|with)\s+(?:the\s+)?downward ?api\b/i,
  )?.[1];
  for (const name of list?.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []) {
    const field = FIELDS.find(([p]) => p.test(name))?.[1];
    const resource = RESOURCES.find(([p]) => p.test(name))?.[1];
    if (field !== undefined) found.push({ name, valueFrom: { fieldRef: { fieldPath: field } } });
    else if (resource !== undefined) found.push({ name, valueFrom: { resourceFieldRef: { resource } } });
  }
  return found;
}

const SELF: readonly (readonly [RegExp, string])[] = [
  [/node ?name|name of (?:the|its) node/i, 'spec.nodeName'],
  [/pod ?name|name of (?:the|its) pod/i, 'metadata.name'],
  [/(?:pod )?namespace/i, 'metadata.namespace'],
  [/pod ?ip/i, 'status.podIP'],
  [/(?:host|node) ?ip/i, 'status.hostIP'],
];

/** "NODE_NAME from the node name": what the words say of the pod itself. */
function ofItself(said: Said): { name: string; valueFrom: DraftObject }[] {
  return said
    .takeAll(
      /\b([A-Z][A-Z0-9_]+)\s+(?:(?:is|are|set|taken|comes?|filled)\s+)*(?:from|to|with|=|is)\s+(?:the\s+|its\s+)?(node ?name|name of (?:the|its) node|pod ?name|name of (?:the|its) pod|(?:pod )?namespace|pod ?ip|(?:host|node) ?ip)\b(?=[^.;]{0,40}\b(?:downward|field)|\s*[,.;)]|\s+and\b|$)/g,
    )
    .flatMap((m) => {
      const field = SELF.find(([word]) => word.test(m[2] ?? ''))?.[1];
      return field === undefined ? [] : [{ name: m[1] ?? '', valueFrom: { fieldRef: { fieldPath: field } } }];
    });
}

/** "env MY_POD_NAME, MY_POD_IP": names that say by themselves what fills them, where nothing else does. */
function byName(said: Said): { name: string; valueFrom: DraftObject }[] {
  const list = said.take(
    /\b(?:env|environment(?: variables?)?|variables?|as)\s*:?\s*((?:[A-Z][A-Z0-9_]+(?:\s*,\s*and\s+|\s*,\s*|\s+and\s+)?){2,})(?!\s*[=:]|\w*\s*(?:from|=))/,
  )?.[1];
  const names = list?.match(/[A-Z][A-Z0-9_]+/g) ?? [];
  const found = names.flatMap((name) => {
    const field = FIELDS.find(([p]) => p.test(name))?.[1];
    return field === undefined ? [] : [{ name, valueFrom: { fieldRef: { fieldPath: field } } }];
  });
  return found.length === names.length ? found : [];
}

/** Variables that the pod's own facts fill. */
export const ofPod = (said: Said): { name: string; valueFrom: DraftObject }[] => [
  ...downward(said),
  ...ofItself(said),
  ...byName(said),
];
