/** What is said about several services at once: what only a profile starts, commands in turn, the time zone. */
import { argv } from '../kubernetes/program.ts';
import { isNameWord } from '../kubernetes/names.ts';
import type { Passage } from '../text.ts';
import { listAt, servicesIn } from './cast.ts';
import type { Project } from './project.ts';
import type { Scene } from './scene.ts';

const PROFILE = String.raw`["'\x60]?([a-z][a-z0-9_-]*)["'\x60]?`;

/** "pgadmin and mailhog only in profile debug". */
export function readProfiles(project: Project, scene: Scene, text: Passage): void {
  for (const match of text.takeAll(
    new RegExp(
      String.raw`\b(?:(?:that |which )?(?:should |must )?(?:only|just)\s+)?(?:(?:starts?|runs?|comes? up|there|started|loaded|active)\s+)?(?:only\s+)?(?:in|with|under|for|by|when|if|behind)?\s*(?:I (?:ask for|enable|use|choose)\s+)?(?:the\s+|an?\s+)?(?:compose\s+)?profiles?\s+(?:called |named |is |=|: ?)?${PROFILE}(?: is (?:active|on|enabled|selected))?|\b(?:(?:only )?(?:in|with|under|behind|part of))\s+(?:the\s+|an?\s+)?${PROFILE}\s+profile\b`,
      'gi',
    ),
  )) {
    const profile = match[1] ?? match[2];
    if (profile === undefined || !(isNameWord(profile) || /^(?:dev|development|test|prod|production|staging|debug|tools)$/.test(profile))) continue; // prettier-ignore
    const clause =
      text.text
        .slice(0, match.index)
        .split(/[.;:\n]/)
        .at(-1) ?? '';
    const everyone = /\b(?:all|everything|every service|they|these)\b[^,;]*$/i.test(clause);
    for (const service of everyone ? project.services : listAt(project, scene, text.text, match.index))
      service.extra['profiles'] = [profile];
  }
}

/** "a producer and a consumer with commands `a` and `b`": one each, in the order in which they were named. */
export function commandsInTurn(project: Project, scene: Scene, text: Passage): void {
  const list = text.take(/\bcommands\s*:?\s*((?:[`"][^`"]+[`"](?:\s*,\s*(?:and\s+)?|\s+and\s+)?){2,})/i)?.[1];
  const commands = [...(list ?? '').matchAll(/[`"]([^`"]+)[`"]/g)].map((m) => m[1] ?? '');
  const told = listAt(project, scene, text.text, text.text.indexOf(list ?? ''));
  const own =
    told.length >= commands.length && commands.length > 1
      ? told.slice(-commands.length).sort((a, b) => project.services.indexOf(a) - project.services.indexOf(b))
      : project.services.filter((s) => s.app === undefined && s.build !== undefined);
  if (commands.length < 2 || own.length < commands.length) return;
  for (const [i, command] of commands.entries()) {
    const service = own[i];
    if (service !== undefined) service.extra['command'] = argv(command);
  }
}

/** "hostnames same as service names": each calls itself by the name under which the others know it. */
export function hostNames(project: Project, scene: Scene, text: Passage): void {
  const match = text.take(
    /\bhost ?names?\s+(?:(?:is|are|should be|being|the)\s+)*(?:same as|equal(?:s)?(?: to)?|like|match(?:es|ing)?|identical (?:to|with)|as)\s+(?:(?:the|their|its)\s+)*(?:service(?:'s|s'?)?\s+)?names?\b/i,
  );
  if (match === undefined) return;
  const sentence = Math.max(...['. ', '; ', '\n'].map((s) => text.text.lastIndexOf(s, match.index)));
  const several = /^host ?names/i.test(match[0]) ? servicesIn(project, scene, sentence, match.index) : [];
  const about = several.length > 1 ? several : listAt(project, scene, text.text, match.index);
  for (const service of about.length > 0 ? about : project.services) service.extra['hostname'] = service.name;
}

/** A time zone is one for all. */
export function timeZone(project: Project): void {
  const zone = project.services.map((s) => s.environment['TZ']).find((z) => z !== undefined);
  if (zone !== undefined) for (const service of project.services) service.environment['TZ'] ??= zone;
}
