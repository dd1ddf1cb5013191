/** "two copies of web named web1 and web2 on host ports 81 and 82": one service, told once, that is there several times under names of their own. */
import { numberOf } from '../grammar/quantities.ts';
import { Ledger, Passage } from '../text.ts';
import { innerPort, type Project, type Service } from './project.ts';

/** The copies of one service; a port each, or none. */
export interface Copies {
  readonly of: string;
  readonly names: readonly string[];
  readonly ports: readonly number[];
}

const NAME = String.raw`["'\x60]?[a-z][a-z0-9_-]*["'\x60]?`;
const row = (item: string): string => String.raw`(${item}(?:\s*,\s*(?!and\b)${item})*\s*,?\s*and\s+${item})`;
const COPIES = new RegExp(
  String.raw`\b(two|three|four|five|six|\d)\s+(?:identical\s+|equal\s+|more\s+)?(?:copies|instances|replicas)\s+of\s+((?:(?:the|our|my|this)\s+)?["'\x60]?([a-z][\w-]*)["'\x60]?(?:\s+(?!named\b|called\b)[\w-]+){0,2}(?:\s*\([^()]*\))?),?\s+(?:named|called)\s+${row(NAME)}(?:,?\s+(?:published |reachable |exposed |each )*(?:on|at|via)\s+(?:the\s+)?(?:host\s+)?(?:ports?\s+)?${row(String.raw`\d{2,5}`)}(?![\d.:]))?`,
  'i',
);

const items = (list: string | undefined): string[] => (list ?? '').split(/\s*,\s*(?:and\s+)?|\s+and\s+/).map((n) => n.replace(/["'`]/g, '')).filter((n) => n !== ''); // prettier-ignore

/** The wish with the service told once; copies of which one is spoken of on its own stay as they are said. */
export function takeCopies(said: Passage): { readonly text: Passage; readonly copies: Copies | undefined } {
  const match = COPIES.exec(said.text);
  const names = items(match?.[4]);
  const ports = items(match?.[5]).map(Number);
  const once = (n: string): boolean => said.text.split(new RegExp(`(?<![\\w-])${n}(?![\\w-])`)).length === 2;
  if (match === null || names.length !== numberOf(match[1] ?? '0') || !names.every(once)) return { text: said, copies: undefined }; // prettier-ignore
  const text = `${said.text.slice(0, match.index)}${match[2] ?? ''}${said.text.slice(match.index + match[0].length)}`;
  return {
    text: new Passage(text, 0, new Ledger(text)),
    copies: { of: match[3] ?? '', names, ports: ports.length === names.length ? ports : [] },
  };
}

/** Each of them in the place of the one; whoever waits for that waits for all. */
export function addCopies(project: Project, copies: Copies | undefined): void {
  const one = project.services.find((s) => copies !== undefined && isCalled(s, copies.of));
  if (one === undefined || copies === undefined) return;
  const all = copies.names.map((name, i): Service => ({ ...one, name, ports: portsOf(one, copies.ports[i]), extra: { ...one.extra } })); // prettier-ignore
  project.services.splice(project.services.indexOf(one), 1, ...all);
  for (const s of project.services) {
    const how = s.dependsOn[one.name];
    if (how === undefined) continue;
    const others = Object.entries(s.dependsOn).filter(([n]) => n !== one.name);
    s.dependsOn = Object.fromEntries([...others, ...all.map((c) => [c.name, how] as const)]);
  }
}

const isCalled = (s: Service, word: string): boolean =>
  [s.name, s.build?.split('/').at(-1), s.app?.id].some((n) => n?.toLowerCase() === word.toLowerCase());

const portsOf = (one: Service, port: number | undefined): string[] =>
  port === undefined ? [] : [`${port}:${innerPort(one)}`];
