/** What things are called: the name that follows a noun, stands before it, or in brackets behind it. */

/** Words that follow a noun without being its name. */
const PLAIN_WORDS =
  /^(?:that|which|with|for|and|behind|called|named|versioned|encrypted|private|public|only|policy|policies|groups?|name|index|keys?|the|streams?|website|hosting|access|notifications?|events?|roles?|database|cluster|instances?|type|size|pair|url|integration|table|zone|records?|rules?|lock|storage|count|based|balancer|target|where|when|should|must|will|can|may|has|have|are|is|using|named|from|into|onto|via|through|over|under|between|also|then|but|not|each|all|both|its|their|this|these|those|one|two|three|arn|arns|ids?|endpoints?|tags?|attached|resources?|settings?|configuration|logs?|logging|metrics?|alarms?|subscriptions?|subscribers?|topics?|queues?|buckets?|functions?|repositor(?:y|ies)|users?|messages?|objects?|items?|version|versions|image|images|itself|exists|created|again|instead|today|here|there|deployment|environment|account|region|running|listening|containing|allowing|having|serving|receiving|sending|storing|processing|pointing|including|returning|fanning|triggering|reading|writing|triggers?|sends?|receives?|stores?|allows?|uses?|invokes?|serves?|publishes|writes?|reads?|process(?:es)?|holds?|keeps?|gets?|takes?|delivers?|forwards?|routes?|points?|handles?|consumes?|exports?|outputs?|contains?|expires?|listens?|runs?|starts?|put|get|set|allow|trigger|named|standard|fifo|and|server|servers|service|services|network|subnets?|vpc|mode|plan|node|nodes|task|tasks|replicas?|capacity|protection|peering|connection|gateway|attachment|association|certificate|domain|plus|python|node|nodejs|java|golang|go|ruby|rust|dotnet|typescript|docker|linux|ubuntu|windows|postgres|postgresql|mysql|mariadb|redis|valkey|opentofu|terraform|cloudwatch|eventbridge|cloudtrail|cloudfront|lambda|dynamodb|cognito|iam|ecs|eks|ec2|rds|sqs|sns|kms|arm64|graviton|spot|multi|reads?|writes?|only|whenever|every|first|second|third|alone|together|as|at|of|or|if|it|we|they|must|just|also)$/i;

/** Forms of a name: said to be one, quoted, with a hyphen in it, a path, or a plain word before what can only follow a name. */
const FOLLOWS =
  '(?=\\s+(?:with|that|which|kept|has|in (?:the )?group|encrypted|version|the|whose|having|using|when|whenever|at|on|of|behind|and|for|to|from|as|keyed|partition|plus|then|including|calls?|triggered|usable|is|are|shall|will|gets?|sends?|starts?|runs?|only|should|must|subscribes?|feeds?|invokes?|publishes|writes?|reads?|may|can|where|in|into|over|every|each|limited|by)\\b|\\s*[,.;:()?!]|\\s*$)';

/**
 * @param take reads the words @param noun in the singular, as a regular expression
 * @returns nothing where nobody gave it a name
 */
export function calledIn(take: (pattern: RegExp) => RegExpExecArray | undefined, noun: string): string | undefined {
  const word = `\\b(?:${noun.replace(/(?<!\\)[a-z]/g, (c) => `[${c}${c.toUpperCase()}]`)})s?`;
  const match = take(
    new RegExp(
      `${word}\\s+(?:(?:is |that is )?(?:called|named|with (?:the )?name)\\s+["'\`]?([A-Za-z0-9][\\w./-]*[\\w])|["'\`]([A-Za-z0-9][\\w.-]*[\\w])["'\`]|([A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)+)|(\\/[a-z][\\w/.-]*\\w)|([a-zA-Z][a-zA-Z0-9]{2,})${FOLLOWS})`,
    ),
  );
  const plain = match?.[5];
  const said =
    match?.[1] ??
    match?.[2] ??
    (match?.[3] !== undefined && NOT_A_NAME.test(match[3]) ? undefined : match?.[3]) ??
    match?.[4] ??
    (plain === undefined || PLAIN_WORDS.test(plain) || /ed$/.test(plain) || /^[A-Z0-9]+$/.test(plain) ? undefined : plain); // prettier-ignore
  if (said !== undefined) return said;
  // "stream events into": a word that is mostly none, where a name must stand.
  if (/stream|topic|queue|bus|bucket|table|domain/.test(noun)) {
    const usual = take(new RegExp(`${word}\\s+(events|logs|messages|users|items|images|notifications|metrics|alarms|tasks|services|objects)(?=\\s*[,.;:()]|\\s+(?:into|to|in|with|from|that|which|as|on|version)\\b|\\s*$)`))?.[1]; // prettier-ignore
    if (usual !== undefined) return usual;
  }
  return (
    take(new RegExp(`["'\`]([A-Za-z0-9][\\w.-]*[\\w])["'\`]\\s+(?:${noun})\\b`, 'i'))?.[1] ??
    take(
      new RegExp(
        `\\b(?:${noun})\\b(?:\\s+[a-z]+){0,4}\\s+\\(["'\`]?([a-zA-Z][a-zA-Z0-9]*(?:[-_][a-zA-Z0-9]+)+)["'\`]?(?=[),;])`,
        'i',
      ),
    )?.[1] ?? // prettier-ignore
    take(new RegExp(`\\b(?:${noun})[^.;,()]{0,24}?\\b(?:called|named)\\s+["'\`]?([A-Za-z0-9][\\w./-]*\\w)`, 'i'))?.[1]
  );
}

/** Words with a hyphen that say how a thing is, or what it is for. */
const NOT_A_NAME = /^(?:read-only|write-only|on-demand|pay-per-request|multi-(?:az|region)|cross-(?:zone|region|account)|server-side|customer-managed|high(?:ly)?-available|self-managed|event-driven|long-lived|least-privilege|non-\w+|up-to-date|built-in|opt-in|one-off|two-\w+|three-\w+|auto-\w+|dead-letter|in-(?:transit|flight)|at-rest|ttl-\w+|end-to-end|fan-out|point-in-time)$/i; // prettier-ignore
