/** What is done to the machines of a cluster: cordon, drain, taint; labels are an edit like any other. */
import { kubectl } from './kubectl.ts';
import { ID, idOf, type Operation } from './operation.ts';
import { isNameWord } from './names.ts';

const NODE = String.raw`(?:(?:the |node |nodes )*)${ID}`;
const TAINT = String.raw`["'\x60]?([\w./-]+(?:=[\w.-]*)?:(?:NoSchedule|NoExecute|PreferNoSchedule))["'\x60]?`;

interface Deed {
  readonly pattern: RegExp;
  readonly task: string;
  readonly argv: (node: string, more: string) => readonly string[];
  readonly said: (node: string, more: string) => string;
}

const DEEDS: readonly Deed[] = [
  {
    pattern: new RegExp(String.raw`\buncordon\s+${NODE}|\bmark\s+${NODE}\s+(?:as\s+)?schedulable\b|\b(?:allow|let) pods? (?:back )?(?:on|onto)(?: to)?\s+${NODE}\s+again`, 'i'),
    task: 'uncordon',
    argv: (node) => ['uncordon', node],
    said: (node) => `Let pods be placed on ${node} again.`,
  },
  {
    pattern: new RegExp(String.raw`\b(?:drain|empty|evacuate)\s+${NODE}|\bmove all pods (?:away|off)(?: from)?\s+${NODE}`, 'i'),
    task: 'drain',
    argv: (node) => ['drain', node, '--ignore-daemonsets', '--timeout=10m'],
    said: (node) => `Move the pods away from ${node}.`,
  },
  {
    pattern: new RegExp(String.raw`\bcordon\s+${NODE}|\b(?:mark|make)\s+${NODE}\s+(?:as\s+)?(?:un-?schedulable|not schedulable)|\bno (?:new|more|further) pods? (?:(?:may|must|should) be (?:placed|scheduled) )?on(?:to)?\s+${NODE}`, 'i'),
    task: 'cordon',
    argv: (node) => ['cordon', node],
    said: (node) => `Place no new pods on ${node}.`,
  },
  {
    pattern: new RegExp(String.raw`\btaint\s+${NODE}\s+(?:with|as|by)?\s*(?:the taint\s+)?${TAINT}`, 'i'),
    task: 'taint',
    argv: (node, taint) => ['taint', 'node', node, taint, '--overwrite'],
    said: (node, taint) => `Taint ${node} with ${taint}.`,
  },
]; // prettier-ignore

/** @returns whether the sentence asks for nothing else */
export const ofNodes: Operation = (sentence, _namespace, out) => {
  let rest = sentence.text;
  if (!/\b(?:nodes?|un-?schedulable|cordon|uncordon|drain|taint)\b/i.test(rest)) return false;
  for (const { pattern, task, argv, said } of DEEDS) {
    const [whole, ...groups] = pattern.exec(rest) ?? [];
    const found = groups.filter((g: string | undefined) => g !== undefined);
    const [node, more = ''] = found;
    if (whole === undefined || node === undefined || !isNameWord(node)) continue;
    out.tasks.push(kubectl(`${task}_${idOf(node)}`, said(node, more), argv(node, more)));
    rest = rest.replace(whole, ' ');
  }
  // What else the sentence asks for is read by the others.
  return rest !== sentence.text && !/\b(?:label|annotate|set|scale|create|deploy)\b/i.test(rest);
};
