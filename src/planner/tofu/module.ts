/** A root module while it is being put together: resources in order, and what several components share. */
import { SIZE, NUMBER, numberOf, secondsOf, DURATION_PATTERN } from './words.ts';
import type { Passage } from '../text.ts';
import { dnsName } from '../kubernetes/names.ts';
import { Block, nested, raw, Raw, topLevel, type Body, type Value } from './hcl.ts';
import { readTags, readVariables, typeOf } from './tags.ts';
import { namesOf } from './names.ts';
import { calledIn } from './naming.ts';
import { networkOf, type Network } from './network.ts';
import { policy } from './policy.ts';
import type { Component } from './components.ts';
import { scopesOf, type Scopes } from './scopes.ts';
import { multiply, separate, type Groups, type Parts } from './several.ts';

/** Types that take tags of their own and are what a person thinks of; everything else gets the provider's. */
const TAGGED = /^aws_(?:s3_bucket|instance|db_instance|rds_cluster|dynamodb_table|vpc|subnet|security_group|lb|sqs_queue|sns_topic|lambda_function|ecs_cluster|ecs_service|eks_cluster|ecr_repository|kms_key|cloudwatch_log_group|efs_file_system|elasticache_replication_group|kinesis_stream|eip|internet_gateway|nat_gateway|iam_role|iam_user|secretsmanager_secret|cloudfront_distribution|ebs_volume|launch_template|redshift_cluster|msk_cluster|sfn_state_machine)$/; // prettier-ignore

/** Components whose figures are limits of something else. */
const LIMITS = ['alarm', 'budget'];

/** What holds data, and the words by which it may never be destroyed. */
const KEPT =
  /^aws_(?:s3_bucket|dynamodb_table|db_instance|rds_cluster|efs_file_system|kms_key|docdb_cluster|neptune_cluster)$/;
const NEVER_GONE =
  /\bprevent_destroy\b|\b(?:never|not|cannot|can't|no|refus\w*|forbid\w*)\b[^.;,]{0,24}\bdestroy\w*|\bdestroy\w*\b[^.;,]{0,24}\b(?:refused|forbidden|impossible|prevented|blocked)\b|\bprotect\w*\b[^.;,]{0,24}\b(?:destruction|destroy\w*|deletion by tofu)\b/i;

export class TofuModule {
  readonly #resources = new Map<string, string>();
  readonly #data = new Map<string, string>();
  readonly #variables = new Map<string, string>();
  readonly #outputs = new Map<string, string>();
  readonly #made = new Set<string>();
  readonly providers = new Set<string>(['aws']);
  readonly assumptions: string[] = [];
  readonly files: { path: string; text: string }[] = [];
  /** Ids of the components that the text names. */
  readonly present = new Set<string>();
  /** Components that there are: what names each, and how it makes itself where another one needs it. */
  readonly #components: ReadonlyMap<string, Component>;
  readonly #scopes: Scopes;
  /** The component that is being made. */
  #making: string | undefined;
  #network: Network | undefined;
  /** Subnets that are blocks of their own, by kind. */
  subnets: { readonly public: readonly string[]; readonly private: readonly string[] } | undefined;
  /** Names of what there are several of, by address. */
  readonly #groups = new Map<string, readonly string[]>();

  constructor(
    readonly text: Passage,
    readonly project: string,
    components: readonly Component[],
    /** Groups that a module of the whole text has found already. */
    forced?: Groups,
    /** Everything that was said, where the text is what is said of one of several. */
    readonly whole: Passage = text,
  ) {
    this.#forced = forced;
    this.#components = new Map(components.map((c) => [c.id, c]));
    this.#scopes = scopesOf(text, components.filter((c) => c.names.test(text.text))); // prettier-ignore
  }

  /** What names a component. */
  namesOf = (id: string): RegExp | undefined => this.#components.get(id)?.names;

  readonly #forced: Groups | undefined;
  readonly #belongings = new Map<string, readonly string[]>();

  get groups(): Groups {
    return this.#groups;
  }

  get parts(): Parts {
    return { resources: this.#resources, data: this.#data, outputs: this.#outputs };
  }

  /** Makes each group one block for each of its names. @param variantOf the module as only one of the names would have it */
  spread(variantOf: (base: string, name: string) => Parts): void {
    if (this.has(/\bfor_each\b/i)) multiply(this.parts, this.#groups);
    else separate(this.parts, this.#groups, this.#belongings, variantOf);
  }

  has = (pattern: RegExp): boolean => pattern.test(this.text.text);

  /** The words about the component that is being made first, then those about none, then all. */
  take = (pattern: RegExp): RegExpExecArray | undefined => {
    const { own, free } = this.#scopes;
    for (const part of [...(own.get(this.#making ?? '') ?? []), ...(this.#making === undefined ? [] : free)]) {
      const match = part.take(pattern);
      if (match !== undefined) return match;
    }
    return this.text.take(pattern);
  };

  /** As `take`, but never from the words about one of the `rivals`: they mean theirs. */
  mine(pattern: RegExp, rivals: readonly string[]): RegExpExecArray | undefined {
    const { own, free } = this.#scopes;
    const others = [...own].filter(([id]) => id !== this.#making && !rivals.includes(id)).flatMap(([, parts]) => parts);
    for (const part of [...(own.get(this.#making ?? '') ?? []), ...free, ...others]) {
      const match = part.take(pattern);
      if (match !== undefined) return match;
    }
    return undefined;
  }

  /** Whether the words about the component that is being made, or about none, say so. */
  says(pattern: RegExp): boolean {
    const { own, free } = this.#scopes;
    return [...(own.get(this.#making ?? '') ?? []), ...free].some((part) => part.has(pattern));
  }

  /** @returns `type.label`, to refer to it */
  resource(type: string, label: string, body: Body): string {
    const address = `${type}.${label}`;
    const tags = TAGGED.test(type) ? this.tags() : {};
    const own = body['tags'];
    const given: Body =
      typeof own === 'object' && !(own instanceof Raw) && !(own instanceof Block) && !Array.isArray(own)
        ? (own as Body)
        : {};
    const tagged = Object.keys(tags).length === 0 ? body : { ...body, tags: { ...given, ...tags } as Value };
    const kept = KEPT.test(type) && NEVER_GONE.test(this.text.text) ? { ...tagged, lifecycle: nested({ prevent_destroy: true }) } : tagged; // prettier-ignore
    if (!this.#resources.has(address)) this.#resources.set(address, topLevel(`resource "${type}" "${label}"`, kept));
    return address;
  }

  /** @param type or a whole address */
  hasResource = (type: string): boolean =>
    [...this.#resources.keys()].some((k) => k === type || k.startsWith(`${type}.`));
  addressOf = (type: string): string | undefined => [...this.#resources.keys()].find((k) => k.startsWith(`${type}.`));

  data(type: string, label: string, body: Body): string {
    this.#data.set(`${type}.${label}`, topLevel(`data "${type}" "${label}"`, body));
    return `data.${type}.${label}`;
  }

  variable(name: string, type: string, description: string, more: { default?: Value; sensitive?: boolean } = {}): Raw {
    this.#variables.set(
      name,
      topLevel(`variable "${name}"`, {
        description,
        type: raw(type),
        ...(more.default === undefined ? {} : { default: more.default }),
        ...(more.sensitive === true ? { sensitive: true } : {}),
      }),
    );
    return raw(`var.${name}`);
  }

  #declared: Map<string, Raw> | undefined;

  /** Variables that the words declare by name, each made once. */
  declared(): ReadonlyMap<string, Raw> {
    if (this.#declared !== undefined) return this.#declared;
    const made = new Map<string, Raw>();
    this.#declared = made;
    for (const { name, default: said } of readVariables(this)) {
      const type = typeOf(name, said);
      const value = said === undefined ? undefined : type === 'number' ? Number(said) : type === 'bool' ? said === 'true' : said; // prettier-ignore
      made.set(name, this.variable(name, type, `The ${name.replace(/_/g, ' ')}.`, value === undefined ? {} : { default: value })); // prettier-ignore
    }
    return made;
  }

  /** A number that is a variable, where the words declare one for it. */
  countVariable(pattern: RegExp): Raw | undefined {
    for (const [name, variable] of this.declared()) if (pattern.test(name)) return variable;
    return undefined;
  }

  output(name: string, value: string, description: string): void {
    this.#outputs.set(name, topLevel(`output "${name}"`, { description, value: raw(value) }));
  }

  assume(text: string): void {
    if (!this.assumptions.includes(text)) this.assumptions.push(text);
  }

  /** Makes a component once. */
  need(id: string): void {
    if (this.#made.has(id)) return;
    this.#made.add(id);
    const before = this.#making;
    this.#making = id;
    this.#components.get(id)?.make(this);
    this.#making = before;
  }

  /** A name that starts with the project's; `said` is what a person called it. */
  name(suffix: string, said?: string): string {
    return said ?? `\${var.name}-${suffix}`;
  }

  /** The name that follows a noun: `queue called orders`, `bucket my-logs`, "a bus of our own (app-events)". */
  called = (noun: string): string | undefined => calledIn(this.take, noun);

  /**
   * The names in "two queues billing and shipping", and that the resource at `address` is one for each of them.
   * @returns nothing where there is only one
   */
  several(noun: string, address: string, also: readonly string[] = []): readonly string[] {
    const names = this.#forced?.get(address) ?? namesOf(this.text, noun);
    if (names.length > 1) this.#groups.set(address, names);
    this.#belongings.set(address, also);
    return names.length > 1 ? names : [];
  }

  /** "2 to 6 instances", "2-5 t3.large nodes", "min 2, max 6". */
  range(noun: string): readonly [number, number] | undefined {
    const n = `(${NUMBER})`;
    const match =
      this.take(
        new RegExp(
          `\\b(?:between|from|of|with)?\\s*${n}\\s*(?:to|and|-|\\.\\.|up to)\\s*${n}\\s+(?:[\\w.-]+\\s+){0,3}?(?:${noun})`,
          'i',
        ),
      ) ??
      this.take(new RegExp(`\\b(?:between|from|of|with)\\s+${n}\\s*(?:to|and|-)\\s*${n}\\b`, 'i')) ??
      this.take(new RegExp(`(?:^|,|:)\\s*${n}\\s*(?:to|-)\\s*${n}(?=\\s*(?:,|;|$|in\\b|across\\b))`, 'i')) ??
      this.take(
        new RegExp(
          `\\bmin(?:imum)?(?: of| size| capacity)?\\s*[=:]?\\s*${n}[^.;\\d]{0,24}max(?:imum)?(?: of| size| capacity)?\\s*[=:]?\\s*${n}`,
          'i',
        ),
      );
    return match?.[1] === undefined ? undefined : [numberOf(match[1]), numberOf(match[2] ?? match[1])];
  }

  /** The name of a variable that the words give: "ssh only from variable admin_cidr", "key pair from variable public_key". */
  variableFor(lead: string): string | undefined {
    return this.take(new RegExp(`${lead}[^.;,]{0,30}?\\b(?:variable|var\\.?)\\s*["'\`]?([a-z]\\w*)`, 'i'))?.[1];
  }

  #tags: Record<string, Value> | undefined;

  /** `tags Project=lab, Owner=me`, `tagged with the environment`, `a Name tag of web`. */
  tags(): Record<string, Value> {
    return (this.#tags ??= readTags(this));
  }

  /** A count before a noun. */
  count(noun: string, usual: number): number {
    const match = this.take(new RegExp(`\\b(${NUMBER})\\s+(?:[a-z0-9.-]+\\s+){0,2}?${noun}s?\\b`, 'i'));
    return match?.[1] === undefined ? usual : numberOf(match[1]);
  }

  /** Seconds in a phrase that `lead` begins. */
  seconds(lead: string): number | undefined {
    const match =
      this.mine(new RegExp(`${lead}[^.;,\\d]{0,30}?${DURATION_PATTERN}`, 'i'), LIMITS) ??
      this.mine(new RegExp(`${DURATION_PATTERN}[\\s-]*(?:of\\s+)?${lead}`, 'i'), LIMITS);
    return match?.[1] === undefined ? undefined : secondsOf(match[1], match[2] ?? 's');
  }

  gigabytes(lead: string): number | undefined {
    const match =
      this.mine(new RegExp(`${lead}[^.;,\\d]{0,24}?${SIZE}`, 'i'), LIMITS) ??
      this.mine(new RegExp(`${SIZE}\\s*(?:of\\s+)?(?:[a-z0-9]+\\s+)?${lead}`, 'i'), LIMITS);
    if (match?.[1] === undefined) return undefined;
    return Math.max(
      1,
      Math.round(Number(match[1]) * (/^t/i.test(match[2] ?? '') ? 1024 : /^m/i.test(match[2] ?? '') ? 1 / 1024 : 1)),
    );
  }

  /** An IAM role that a service assumes, and what it may do. */
  role(
    label: string,
    services: readonly string[],
    statements: readonly Statement[] = [],
    managed: readonly string[] = [],
  ): string {
    const trust = policy(
      nested({
        actions: ['sts:AssumeRole'],
        principals: nested({ type: 'Service', identifiers: [...services] }),
      }),
    );
    const role = this.resource('aws_iam_role', label, {
      name: this.name(label.replace(/_/g, '-')),
      assume_role_policy: trust,
    });
    if (statements.length > 0) {
      const document = policy(
        statements.map((s) =>
          nested({
            actions: [...s.actions],
            resources: s.resources.map((r) => (r instanceof Object ? r : r)),
          }),
        ),
      );
      this.resource('aws_iam_role_policy', label, {
        name: this.name(label.replace(/_/g, '-')),
        role: raw(`${role}.id`),
        policy: document,
      });
    }
    managed.forEach((arn, i) =>
      this.resource('aws_iam_role_policy_attachment', i === 0 ? label : `${label}_${i + 1}`, {
        role: raw(`${role}.name`),
        policy_arn: arn,
      }),
    );
    return role;
  }

  /** "across the subnets given as variable subnet_ids". */
  subnetsVariable(): Raw | undefined {
    const name = this.take(/\bsubnets?\b[^.;,]{0,30}?\b(?:variable|var\.?)\s*["'`]?([a-z]\w*)/i)?.[1];
    return name === undefined ? undefined : this.variable(name, 'list(string)', 'Subnets that exist.');
  }

  /** The network: the module's own where the text asks for one, else the account's default. */
  network(): Network {
    return (this.#network ??= networkOf(this));
  }

  /** A security group; `ingress` are ports open to `from` (a CIDR or a security group). */
  securityGroup(
    label: string,
    description: string,
    ingress: readonly { port: number; to?: number; from: string; group?: boolean; protocol?: string }[],
    said?: string,
  ): string {
    const group = this.resource('aws_security_group', label, {
      name: this.name(label.replace(/_/g, '-'), said),
      description,
      vpc_id: this.network().vpc,
      ingress: ingress.map((r) =>
        nested({
          description: `port ${r.port}`,
          from_port: r.port,
          to_port: r.to ?? r.port,
          protocol: r.protocol ?? 'tcp',
          ...(r.group === true
            ? { security_groups: [raw(r.from)] }
            : {
                cidr_blocks: [
                  r.from.startsWith('var.') || r.from.startsWith('data.') || r.from.startsWith('aws_')
                    ? raw(r.from)
                    : r.from,
                ],
              }),
        }),
      ),
      egress: nested({ from_port: 0, to_port: 0, protocol: '-1', cidr_blocks: ['0.0.0.0/0'] }),
    });
    return group;
  }

  render(region: string): { path: string; text: string }[] {
    const tags = Object.fromEntries(
      Object.entries(this.tags()).filter(([k]) => !/^(?:project|managed_by|Name)$/.test(k)),
    );
    const required: Record<string, Value> = {};
    if (this.providers.has('aws')) required['aws'] = { source: 'hashicorp/aws', version: '>= 5.60, < 7.0' };
    if (this.providers.has('archive')) required['archive'] = { source: 'hashicorp/archive', version: '~> 2.4' };
    if (this.providers.has('random')) required['random'] = { source: 'hashicorp/random', version: '~> 3.6' };
    const variables = [
      ...(this.providers.has('aws') && !this.#variables.has('region')
        ? [topLevel('variable "region"', { description: 'AWS region.', type: raw('string'), default: region })]
        : []),
      topLevel('variable "name"', {
        description: 'Prefix of all names.',
        type: raw('string'),
        default: dnsName(this.project) || 'app',
      }),
      ...this.#variables.values(),
    ];
    const aws = this.providers.has('aws');
    if (this.providers.has('local')) required['local'] = { source: 'hashicorp/local', version: '~> 2.5' };
    const versions = [
      topLevel('terraform', { required_version: '>= 1.6.0', required_providers: nested(required) }),
      ...(!aws
        ? []
        : [
            topLevel('provider "aws"', {
              region: raw('var.region'),
              default_tags: nested({ tags: { project: raw('var.name'), managed_by: 'opentofu', ...tags } }),
            }),
          ]),
    ];
    const files = [
      { path: 'versions.tf', text: versions.join('\n') },
      { path: 'variables.tf', text: variables.join('\n') },
      { path: 'main.tf', text: [...this.#data.values(), ...this.#resources.values()].join('\n') },
    ];
    if (this.#outputs.size > 0) files.push({ path: 'outputs.tf', text: [...this.#outputs.values()].join('\n') });
    return [...files, ...this.files];
  }

  get resourceCount(): number {
    return this.#resources.size;
  }
}

export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly (string | Raw)[];
}
