/** What can be wrong with stages, and with a file as a whole. */
import { keyNamed, nameSpot, spotOf, type Assembly } from './assembly.ts';
import type { Block } from './block.ts';
import { isEmpty } from './node.ts';
import { finding, type Finding } from './report.ts';

export function checkStages(assembly: Assembly, blocks: readonly Block[], findings: Finding[]): void {
  checkTopKeys(assembly, findings);
  const deployment = keyNamed(assembly, 'parallel_deployment');
  if (deployment === undefined) tellNoWorkflow(assembly, blocks, findings);
  else if (assembly.stages.length === 0 && assembly.stray.length === 0 && isEmpty(deployment.item.value)) {
    findings.push(
      finding(
        'CODE023',
        spotOf(deployment, deployment.item.at),
        'parallel_deployment has no stages: a workflow needs at least one stage with one task',
      ),
    );
  } else if (
    assembly.stages.length > 0 &&
    assembly.stages.every((stage) => stage.tasks.length === 0 && !stage.item.odd)
  ) {
    findings.push(
      finding('CODE023', spotOf(deployment, deployment.item.at), 'no stage has a task: a workflow needs at least one'),
    );
  }
  for (const task of assembly.stray)
    findings.push(
      finding('CODE006', nameSpot(task), 'a task stands in a stage: write the stage’s name and a colon above it'),
    );
  const seen = new Map<string, (typeof assembly.stages)[number]>();
  for (const stage of assembly.stages) {
    const before = seen.get(stage.item.name);
    const at = spotOf(stage, stage.item.at);
    if (before === undefined) seen.set(stage.item.name, stage);
    else
      findings.push(
        finding('CODE011', at, `there is a stage ${stage.item.name} already`, {
          related: [{ spot: spotOf(before, before.item.at), message: 'the first one' }],
        }),
      );
    if (stage.tasks.length === 0 && !stage.item.odd) {
      findings.push(finding('CODE019', at, `the stage ${stage.item.name} has no tasks`));
    }
  }
  checkNumbers(assembly, findings);
}

function checkTopKeys(assembly: Assembly, findings: Finding[]): void {
  const seen = new Map<string, (typeof assembly.keys)[number]>();
  for (const key of assembly.keys) {
    const before = seen.get(key.item.name);
    if (before === undefined) seen.set(key.item.name, key);
    else if (before.block !== key.block) {
      findings.push(
        finding('CODE005', spotOf(key, key.item.at), `"${key.item.name}" is here twice`, {
          related: [{ spot: spotOf(before, before.item.at), message: 'the first one' }],
        }),
      );
    }
  }
}

function tellNoWorkflow(assembly: Assembly, blocks: readonly Block[], findings: Finding[]): void {
  const [first] = assembly.keys;
  const told = blocks.flatMap((block) => block.reading?.findings ?? []);
  if (told.some((each) => saysWhy(each, first === undefined))) return;
  const block = blocks[0];
  if (block === undefined) return;
  const start = Math.max(block.text.search(/\S/), 0);
  const at =
    first === undefined ? { block, start, end: Math.min(block.text.length, start + 1) } : spotOf(first, first.item.at);
  findings.push(
    finding(
      'CODE002',
      at,
      first === undefined
        ? 'the file is empty: a workflow has the key parallel_deployment'
        : 'the key parallel_deployment is missing',
    ),
  );
}

/** A finding that explains why there is no workflow, so that to say it again would be noise. */
function saysWhy({ code, fixes }: Finding, noKeys: boolean): boolean {
  if (code === 'CODE002' || code === 'CODE072' || code === 'CODE073') return true;
  return (
    (noKeys && code === 'CODE001') ||
    fixes.some(({ edits }) => edits.some(({ newText }) => /^parallel_deployment:?$/.test(newText)))
  );
}

/** Stages that are numbered, with a number smaller than one before. */
function checkNumbers(assembly: Assembly, findings: Finding[]): void {
  const highest = new Map<string, { number: number; name: string; spot: Finding['spot'] }>();
  for (const stage of assembly.stages) {
    const match = /^(.*?)(\d+)$/.exec(stage.item.name);
    if (match === null) continue;
    const prefix = match[1] ?? '';
    const number = Number(match[2]);
    const before = highest.get(prefix);
    const at = spotOf(stage, stage.item.at);
    if (before !== undefined && number < before.number) {
      findings.push(
        finding(
          'CODE021',
          at,
          `${stage.item.name} runs after ${before.name}: stages run in the order of the file, not of their numbers`,
          {
            related: [{ spot: before.spot, message: before.name }],
          },
        ),
      );
    } else highest.set(prefix, { number, name: stage.item.name, spot: at });
  }
}
