/** The skills that Claude Code offers as `/deploy`, `/analyze`, `/secure` and `/wsl-setup`. https://code.claude.com/docs/en/skills */

export interface Skill {
  readonly name: string;
  readonly head: string;
  readonly body: string;
}

const skill = (
  name: string,
  description: string,
  more: { readonly hint: string; readonly personOnly?: true },
  body: string,
): Skill => ({
  name,
  // Quoted as JSON, which YAML is too: a colon or a bracket in a text means nothing then.
  head: [
    '---',
    `name: ${name}`,
    `description: ${JSON.stringify(description)}`,
    `argument-hint: ${JSON.stringify(more.hint)}`,
    ...(more.personOnly === true ? ['disable-model-invocation: true'] : []),
    '---',
  ].join('\n'),
  body,
});

export const SKILLS: readonly Skill[] = [
  skill(
    'deploy',
    'Plan a deployment from a description with CODE, show it, and leave starting it to a person.',
    { hint: '[what should run and where]', personOnly: true },
    `# Deploy

What is wanted: $ARGUMENTS

1. Plan it without running anything: \`code-engine deploy "…" --plan-only --json\`. Say what was understood, what was assumed and what found no place.
2. Where it asks (\`needsClarification\`), ask the person; do not answer for them. Then plan again with their words.
3. Show the files with \`code-engine deploy "…" --plan-only --out DIR\` in a folder of your own, and walk through them. Change them where the person asks; \`code-engine validate FILE\` must pass.
4. \`code-engine preview FILE\` says what a run would change. Report it, above all what is replaced or destroyed.
5. Stop here. The person starts it: \`code-engine deploy "…"\` or \`code-engine run FILE\`. A run that you ask for over the \`code-engine\` server waits until they approve it; never approve it yourself.

Never put values of secrets into files or commands. Never go around the workflow with kubectl, helm or tofu.`,
  ),
  skill(
    'analyze',
    'Find where the time of a deployment workflow goes and what a failed run says. Use when somebody asks why a deployment is slow, or why a run failed.',
    { hint: '[workflow file or run]' },
    `# Analyze

About: $ARGUMENTS

- A workflow: \`code-engine analyze FILE --json\` (critical path, barriers, what would save time) and \`code-engine graph FILE\`.
- A run: \`code-engine runs show RUN --json\`; a failed one: \`code-engine runs explain RUN\`, then \`code-engine runs logs RUN --task TASK\`.
- Say first what costs the most time or what failed first, then the one change that helps most. Quote the lines that show it.
- Changes nothing: do not run, resume or cancel anything.`,
  ),
  skill(
    'secure',
    'Check what a workspace deploys for misconfigurations, vulnerabilities and secrets. Use before a deployment, or when somebody asks for a security review of it.',
    { hint: '[folder]' },
    `# Secure

Where: $ARGUMENTS (this folder where nothing is said)

1. \`code-engine secure [FOLDER] --json\` runs every scanner that fits the folder and is installed; it changes nothing. \`code-engine doctor\` says which ones are missing.
2. Report findings by severity, each with file, line and the change that mends it. Do not read \`.env\` files, keys or state files for it.
3. Mend what the person agrees to, one finding at a time.`,
  ),
  skill(
    'wsl-setup',
    'Make a WSL distribution ready to deploy from: tools, containers, a local cluster.',
    { hint: '[parts]', personOnly: true },
    `# Set up WSL

Parts wanted: $ARGUMENTS (all where nothing is said)

1. \`code-engine wsl status\` and \`code-engine doctor\` say what is there.
2. \`code-engine wsl setup\` shows what would be done and changes nothing. Show that to the person.
3. Only when they agree: the same with \`--apply\`. What was done can be taken back with \`--undo\`.`,
  ),
];
