/** What services of AWS tell the default bus: the words for it, its source, what kind of event it is, and which of them are meant. */

export interface EventSource {
  readonly words: RegExp;
  readonly source: string;
  readonly type: string;
  /** Details that the words narrow down: the path, and the words for each value. */
  readonly detail?: readonly [path: string, values: readonly (readonly [words: string, value: string])[]];
}

const FAILED = [['fail\\w*|error\\w*', 'FAILED'], ['succe\\w*', 'SUCCEEDED'], ['stopped', 'STOPPED']] as const; // prettier-ignore

export const EVENT_SOURCES: readonly EventSource[] = [
  { words: /\bspot\b[^.;]*\binterrupt\w*|\binterrupt\w*[^.;]*\bspot\b/i, source: 'aws.ec2', type: 'EC2 Spot Instance Interruption Warning' },
  { words: /\bcode ?pipeline\b|\bpipelines? (?:fails?|failed|execution|succeeds?)/i, source: 'aws.codepipeline', type: 'CodePipeline Pipeline Execution State Change', detail: ['state', FAILED] },
  { words: /\bcode ?build\b|\bbuilds? (?:fails?|failed)/i, source: 'aws.codebuild', type: 'CodeBuild Build State Change', detail: ['build-status', FAILED] },
  { words: /\bcode ?commit\b/i, source: 'aws.codecommit', type: 'CodeCommit Repository State Change' },
  { words: /\bguard ?duty\b/i, source: 'aws.guardduty', type: 'GuardDuty Finding' },
  { words: /\bsecurity ?hub\b/i, source: 'aws.securityhub', type: 'Security Hub Findings - Imported' },
  { words: /\binspector\b/i, source: 'aws.inspector2', type: 'Inspector2 Finding' },
  { words: /\bmacie\b/i, source: 'aws.macie', type: 'Macie Finding' },
  { words: /\baccess analy[sz]er\b/i, source: 'aws.access-analyzer', type: 'Access Analyzer Finding' },
  { words: /\b(?:aws )?config\b[^.;]{0,30}\b(?:complian\w*|rules?)|\b(?:non-?)?complian(?:t|ce)\b/i, source: 'aws.config', type: 'Config Rules Compliance Change', detail: ['newEvaluationResult.complianceType', [['non-?complian\\w*', 'NON_COMPLIANT']]] },
  { words: /\b(?:aws )?health\b[^.;]{0,20}\bevents?|\bhealth dashboard\b/i, source: 'aws.health', type: 'AWS Health Event' },
  { words: /\bbackup jobs?\b|\baws backup\b|\bbackups? (?:fails?|failed)/i, source: 'aws.backup', type: 'Backup Job State Change', detail: ['state', [['fail\\w*', 'FAILED'], ['abort\\w*', 'ABORTED'], ['complet\\w*', 'COMPLETED'], ['expir\\w*', 'EXPIRED']]] },
  { words: /\bbatch\b[^.;]*\bjobs?\b/i, source: 'aws.batch', type: 'Batch Job State Change', detail: ['status', FAILED] },
  { words: /\b(?:step functions?|state machines?)\b[^.;]{0,40}\b(?:fail\w*|status|times? out|abort\w*)|\bfailed executions?\b/i, source: 'aws.states', type: 'Step Functions Execution Status Change', detail: ['status', [['fail\\w*', 'FAILED'], ['time\\w* out|timeouts?', 'TIMED_OUT'], ['abort\\w*', 'ABORTED'], ['succe\\w*', 'SUCCEEDED']]] },
  { words: /\bglue\b[^.;]*\bcrawler/i, source: 'aws.glue', type: 'Glue Crawler State Change', detail: ['state', [['fail\\w*', 'Failed'], ['succe\\w*', 'Succeeded']]] },
  { words: /\bglue\b/i, source: 'aws.glue', type: 'Glue Job State Change', detail: ['state', [['fail\\w*', 'FAILED'], ['succe\\w*', 'SUCCEEDED']]] },
  { words: /\becr\b[^.;]*\bscan\w*|\bimage scans?\b/i, source: 'aws.ecr', type: 'ECR Image Scan' },
  { words: /\becr\b|\bimages? (?:is |are |gets? )?pushed\b|\bimage push\w*/i, source: 'aws.ecr', type: 'ECR Image Action', detail: ['action-type', [['push\\w*', 'PUSH'], ['delet\\w*', 'DELETE']]] },
  { words: /\becs\b[^.;]*\btasks?\b|\btasks? (?:stops?|stopped|dies)/i, source: 'aws.ecs', type: 'ECS Task State Change', detail: ['lastStatus', [['stop\\w*|die\\w*|exit\\w*', 'STOPPED'], ['running|start\\w*', 'RUNNING']]] },
  { words: /\bcertificates?\b[^.;]{0,40}\bexpir\w*/i, source: 'aws.acm', type: 'ACM Certificate Approaching Expiration' },
  { words: /\b(?:rds|database)\b[^.;]{0,40}\bevents?\b/i, source: 'aws.rds', type: 'RDS DB Instance Event' },
  { words: /\b(?:console|root)\b[^.;]{0,24}\b(?:sign|log)[- ]?(?:in|on)s?\b|\b(?:sign|log)[- ]?ins?\b[^.;]{0,20}\broot\b|\broot (?:user|account)\b/i, source: 'aws.signin', type: 'AWS Console Sign In via CloudTrail', detail: ['userIdentity.type', [['root', 'Root']]] },
  { words: /\bauto ?scaling\b[^.;]*\b(?:launch\w*|terminat\w*)|\binstances? (?:is |are )?launched\b/i, source: 'aws.autoscaling', type: 'EC2 Instance Launch Successful' },
  { words: /\bs3\b|\bbuckets?\b|\bobjects?\b|\bupload\w*/i, source: 'aws.s3', type: 'Object Created' },
  { words: /\bec2\b|\binstances?\b/i, source: 'aws.ec2', type: 'EC2 Instance State-change Notification', detail: ['state', [['terminat\\w*', 'terminated'], ['stopped|stops?', 'stopped'], ['running|start\\w*', 'running'], ['shutting[- ]down', 'shutting-down'], ['pending', 'pending']]] },
]; // prettier-ignore

/** Names of calls that an audit trail records. */
export const CALLS = /\b((?:Create|Delete|Update|Put|Run|Terminate|Stop|Start|Attach|Detach|Authorize|Revoke|Modify|Disable|Schedule|Assume|Get|Add|Remove|Restore|Rotate)[A-Z]\w+)\b/g; // prettier-ignore

/** Whose call it is, by what its name or the words speak of. */
export const CALLED: readonly (readonly [RegExp, string])[] = [
  [/SecurityGroup|Instances?\b|Vpc|Subnet|Volume|Snapshot|Route|NetworkAcl|\bsecurity groups?\b/, 'ec2'],
  [/DBInstance|DBCluster|DBSnapshot/, 'rds'],
  [/Secret|\bsecrets? manager\b/i, 'secretsmanager'],
  [/Trail\b|StopLogging/, 'cloudtrail'],
  [/Bucket|Object\b/, 's3'],
  [/User\b|Role\b|Policy|AccessKey|LoginProfile|\biam\b/, 'iam'],
  [/KeyDeletion|DisableKey|\bkms\b/, 'kms'],
  [/Function|\blambda\b/i, 'lambda'],
  [/Parameter/, 'ssm'],
  [/Table\b/, 'dynamodb'],
  [/LoadBalancer|Listener/, 'elasticloadbalancing'],
];
