/** From the words of the scene to the services of the project. */
import type { Entity } from '../kubernetes/model.ts';
import type { Project, Service } from './project.ts';
import type { Scene } from './scene.ts';

const servicesOf = (project: Project, entities: readonly Entity[]): Service[] =>
  entities.flatMap((e) => project.services.filter((s) => s.entity === e));

/** The services that a stretch of the text names, in order, each once. */
export function servicesIn(project: Project, scene: Scene, from: number, to: number, groups = true): Service[] {
  const named = scene.mentions.filter((m) => m.start >= from && m.end <= to && (groups || !m.group));
  return [...new Set(named.flatMap((m) => servicesOf(project, m.entities)))];
}

/** The services that the words at a place are about. */
export const aboutAt = (project: Project, scene: Scene, at: number): Service[] =>
  servicesOf(project, scene.stretches.find((s) => s.from <= at && at < s.to)?.about ?? []);

/** What the words at a place are about, with what stands in one list with it: "pgadmin and mailhog only with …". */
export function listAt(project: Project, scene: Scene, text: string, at: number): Service[] {
  const about = aboutAt(project, scene, at);
  const before = scene.mentions.filter((m) => m.end <= at);
  const found = [...about];
  let last = before.at(-1);
  if (last === undefined || !servicesOf(project, last.entities).some((s) => about.includes(s))) return found;
  for (const m of [...before].reverse().slice(1)) {
    if (!/^["'`)]?\s*(?:,|and|&|\+|,\s*and)\s*(?:(?:the|a|an|our)\s+)?["'`]?$/i.test(text.slice(m.end, last.start))) break; // prettier-ignore
    found.push(...servicesOf(project, m.entities).filter((s) => !found.includes(s)));
    last = m;
  }
  return found;
}
