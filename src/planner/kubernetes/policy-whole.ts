/** What is said of a policy as a whole: its ports, DNS, whose pods it is about, a direction that it leaves alone. */
import { bare } from './allowed-peers.ts';
import { drop, listOf } from './mend/shape.ts';
import type { DraftObject, K8sObject } from './model.ts';
import { DNS, portsOf } from './peers.ts';

/** "and ask DNS", "in both cases on TCP 8080": what one policy says of all that it lets through. */
export function complete(text: string, made: K8sObject[]): K8sObject[] {
  const [only, other] = made;
  if (only === undefined || other !== undefined) return made;
  const spec = only['spec'] as DraftObject;
  const [ingress, egress] = [listOf(spec['ingress']), listOf(spec['egress'])];
  const ports = portsOf(text).length > 0 ? portsOf(text) : bare(text);
  if (!/"ports"/.test(JSON.stringify(spec)) && ports.length > 0)
    for (const rule of ingress.length > 0 ? ingress : egress) if (rule['to'] === undefined || !/\bdns\b/i.test(text)) rule['ports'] = ports.map((p) => ({ ...p })); // prettier-ignore
  if (
    egress.length > 0 &&
    /\bdns\b/i.test(text) &&
    !/\b(?:no|not|without|deny|block) dns\b|":53[,}]/i.test(`${text} ${JSON.stringify(spec)}`)
  )
    spec['egress'] = [...egress, { ...DNS }];
  return made;
}

/** "for every pod in ns1", "for all pods of namespace workers": where the policy is, whomever it names later. */
export const OWN_PODS =
  /\b(?:every|all(?: the)?|each|any)\s+pods?\s+(?:in|of)\s+(?:the\s+)?(?:namespace\s+)?["'`]?([a-z0-9][a-z0-9-]*)(?=["'`]?\s*[:,.;])/i;
/** "incoming traffic stays as it is", "what comes in is not restricted": a direction that the policy says nothing of. */
export const KEPT_OPEN =
  /(?:(?:what|whatever|everything that) (?:comes? in|goes out)|\b(?:incoming|ingress|inbound|outgoing|egress|outbound)(?: (?:traffic|connections?|requests?))?)\s+(?:(?:stays?|remains?|is|are|must be|should|be) )*(?:as (?:it|they) (?:is|are)|not (?:restricted|limited|affected|touched|changed)|un(?:restricted|limited|affected|touched|changed)|open|free)\b/i;

/** Takes a direction out of a policy that is about the other. */
export function leaveOpen(policy: K8sObject, type: 'Ingress' | 'Egress'): void {
  const spec = policy['spec'] as DraftObject;
  spec['policyTypes'] = [type === 'Ingress' ? 'Egress' : 'Ingress'];
  drop(spec, type.toLowerCase());
}
