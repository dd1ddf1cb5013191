/** Metrics that alarms are set on: the words for each, whose it is, and how it is counted. */

/** What a number in the words has to be made of. */
export type Unit = 'plain' | 'percent' | 'bytes' | 'seconds' | 'milliseconds';

export interface Metric {
  readonly words: RegExp;
  /** Components that it can be of, the likeliest first; with the metric's name at each. */
  readonly of: Readonly<Record<string, string>>;
  readonly statistic?: 'Average' | 'Sum' | 'Maximum' | 'Minimum' | 'p99';
  /** Less is worse. */
  readonly falls?: true;
  readonly unit?: Unit;
  /** What is too much where the words do not say. */
  readonly usual?: number;
}

export const METRICS: readonly Metric[] = [
  { words: /\bhealth ?-?checks?\b|\bHealthCheckStatus\b/i, of: { route53: 'HealthCheckStatus' }, statistic: 'Minimum', falls: true, usual: 1 },
  { words: /\bstatus check\w*|\bsystem check\w*/i, of: { ec2: 'StatusCheckFailed', asg: 'StatusCheckFailed' }, statistic: 'Maximum', usual: 0 },
  { words: /\b(?:oldest (?:message|item)|age of (?:the )?(?:oldest )?messages?|message age|messages? (?:is |are |gets? )?older|older than)\b/i, of: { sqs: 'ApproximateAgeOfOldestMessage' }, statistic: 'Maximum', unit: 'seconds', usual: 300 },
  { words: /\b(?:in[- ]?flight|not visible) messages?\b|\bmessages? (?:is |are )?(?:in[- ]?flight|not visible)\b/i, of: { sqs: 'ApproximateNumberOfMessagesNotVisible' }, statistic: 'Maximum' },
  { words: /\bqueue (?:depth|length|size|backlog)|\b(?:visible |waiting |queued |pending )?messages?\b(?! (?:attribute|retention|age))[^.;,]{0,24}\b(?:visible|waiting|queued|in (?:the |it|its )|land|arriv|pending|sit|pile|wait)|\bvisible messages|\bback-?log\b|\b(?:messages?|anything|something) (?:lands?|arrives?|ends up|appears?|shows up|is) in (?:the |its )?(?:dlq|dead)|\b(?:dlq|dead[- ]?letter(?: queue)?)\b[^.;,]{0,40}\b(?:messages?|not empty|non-?empty|anything|depth|receiv\w+|gets?|holds?|has)\b|\b(?:messages?|anything|any|something)\b[^.;,]{0,20}\b(?:dlq|dead[- ]?letter)|\bmore than \d+ messages\b|\bApproximateNumberOfMessagesVisible\b/i, of: { sqs: 'ApproximateNumberOfMessagesVisible' }, statistic: 'Maximum', usual: 0 },
  { words: /\bunhealthy (?:hosts?|targets?|host count|instances?)|\b(?:hosts?|targets?) (?:is |are |become |becomes )?unhealthy\b|\bUnHealthyHostCount\b/i, of: { alb: 'UnHealthyHostCount' }, statistic: 'Maximum', usual: 0 },
  { words: /\bhealthy (?:hosts?|targets?)\b|\bHealthyHostCount\b/i, of: { alb: 'HealthyHostCount' }, statistic: 'Minimum', falls: true, usual: 1 },
  { words: /\b(?:5xx|5\d\d|server errors?|HTTPCode_Target_5XX_Count)\b/i, of: { alb: 'HTTPCode_Target_5XX_Count', apigateway: '5XXError', cloudfront: '5xxErrorRate', s3: '5xxErrors' }, statistic: 'Sum' },
  { words: /\b(?:4xx|client errors?)\b/i, of: { alb: 'HTTPCode_Target_4XX_Count', apigateway: '4XXError', cloudfront: '4xxErrorRate' }, statistic: 'Sum' },
  { words: /\b(?:(?:target )?response times?|p99 latency|latency|TargetResponseTime)\b/i, of: { alb: 'TargetResponseTime', apigateway: 'Latency', rds: 'ReadLatency', dynamodb: 'SuccessfulRequestLatency' }, statistic: 'Average', unit: 'seconds' },
  { words: /\brequest count\b|\b(?:number of |more than \d+ )requests\b/i, of: { alb: 'RequestCount', apigateway: 'Count' }, statistic: 'Sum' },
  { words: /\b(?:read|write)?\s*throttl\w+|\bthrottles\b/i, of: { lambda: 'Throttles', dynamodb: 'ThrottledRequests' }, statistic: 'Sum', usual: 0 },
  { words: /\bconcurren(?:cy|t executions?)\b/i, of: { lambda: 'ConcurrentExecutions' }, statistic: 'Maximum' },
  { words: /\biterator age\b/i, of: { lambda: 'IteratorAge', kinesis: 'GetRecords.IteratorAgeMilliseconds' }, statistic: 'Maximum', unit: 'milliseconds', usual: 60_000 },
  { words: /\b(?:duration|run(?:s|ning)? longer|takes? longer|execution time)\b/i, of: { lambda: 'Duration', states: 'ExecutionTime' }, statistic: 'Average', unit: 'milliseconds' },
  { words: /\b(?:failed executions?|executions? (?:fails?|failed|failing)|state machine (?:fails|failed)|workflow (?:fails|failed))\b/i, of: { states: 'ExecutionsFailed' }, statistic: 'Sum', usual: 0 },
  { words: /\b(?:free storage(?: space)?|storage space|disk space|free (?:disk|space))\b/i, of: { rds: 'FreeStorageSpace', opensearch: 'FreeStorageSpace' }, statistic: 'Average', falls: true, unit: 'bytes', usual: 5_368_709_120 },
  { words: /\b(?:freeable|free) memory\b/i, of: { rds: 'FreeableMemory', elasticache: 'FreeableMemory' }, statistic: 'Average', falls: true, unit: 'bytes', usual: 268_435_456 },
  { words: /\b(?:database )?connections?\b(?! string)/i, of: { rds: 'DatabaseConnections', alb: 'ActiveConnectionCount', elasticache: 'CurrConnections' }, statistic: 'Average' },
  { words: /\breplica(?:tion)? lag\b/i, of: { rds: 'ReplicaLag' }, statistic: 'Average', unit: 'seconds' },
  { words: /\bevictions?\b/i, of: { elasticache: 'Evictions' }, statistic: 'Sum', usual: 0 },
  { words: /\bcluster (?:status )?(?:is )?red\b|\bred cluster\b/i, of: { opensearch: 'ClusterStatus.red' }, statistic: 'Maximum', usual: 0 },
  { words: /\bburst (?:credit )?balance\b|\bburst credits?\b/i, of: { efs: 'BurstCreditBalance', rds: 'BurstBalance' }, statistic: 'Average', falls: true },
  { words: /\b(?:percent )?io limit\b|\bPercentIOLimit\b/i, of: { efs: 'PercentIOLimit' }, statistic: 'Maximum', usual: 95 },
  { words: /\bread (?:(?:or|and) write )?(?:provisioned )?throughput\b[^.;,]{0,24}\bexceed\w*|\bReadProvisionedThroughputExceeded\b/i, of: { kinesis: 'ReadProvisionedThroughputExceeded' }, statistic: 'Sum', usual: 0 },
  { words: /\bwrite (?:provisioned )?throughput\b[^.;,]{0,24}\bexceed\w*|\bWriteProvisionedThroughputExceeded\b/i, of: { kinesis: 'WriteProvisionedThroughputExceeded' }, statistic: 'Sum', usual: 0 },
  { words: /\b(?:billing|estimated ?charges?|charges?|(?:monthly )?(?:costs?|bill|spend\w*))\b/i, of: { billing: 'EstimatedCharges' }, statistic: 'Maximum' },
  { words: /\bmemory(?: (?:usage|utili[sz]ation|use))?\b/i, of: { ecs: 'MemoryUtilization', elasticache: 'DatabaseMemoryUsagePercentage', opensearch: 'JVMMemoryPressure', ec2: 'mem_used_percent' }, statistic: 'Average', unit: 'percent', usual: 80 },
  { words: /\bcpu(?: (?:usage|utili[sz]ation|load|use))?\b/i, of: { ecs: 'CPUUtilization', rds: 'CPUUtilization', elasticache: 'EngineCPUUtilization', asg: 'CPUUtilization', ec2: 'CPUUtilization', opensearch: 'CPUUtilization', redshift: 'CPUUtilization' }, statistic: 'Average', unit: 'percent', usual: 80 },
  { words: /\berror(?:s| rate| count)?\b|\bfail(?:s|ures?|ed invocations?)\b/i, of: { lambda: 'Errors', states: 'ExecutionsFailed', dynamodb: 'SystemErrors', sns: 'NumberOfNotificationsFailed', apigateway: '5XXError', alb: 'HTTPCode_ELB_5XX_Count' }, statistic: 'Sum', usual: 0 },
]; // prettier-ignore

export const NAMESPACES: Readonly<Record<string, string>> = {
  ec2: 'AWS/EC2', asg: 'AWS/EC2', rds: 'AWS/RDS', ecs: 'AWS/ECS', alb: 'AWS/ApplicationELB', sqs: 'AWS/SQS', lambda: 'AWS/Lambda',
  dynamodb: 'AWS/DynamoDB', apigateway: 'AWS/ApiGateway', kinesis: 'AWS/Kinesis', states: 'AWS/States', sns: 'AWS/SNS', s3: 'AWS/S3',
  elasticache: 'AWS/ElastiCache', efs: 'AWS/EFS', opensearch: 'AWS/ES', cloudfront: 'AWS/CloudFront', billing: 'AWS/Billing',
  redshift: 'AWS/Redshift', route53: 'AWS/Route53',
}; // prettier-ignore

/** Dimensions of a component's metrics, by the address of the resource that gives them. */
export const DIMENSIONS: Readonly<Record<string, readonly (readonly [needs: string, dimensions: Readonly<Record<string, string>>])[]>> = {
  ec2: [['aws_instance.main', { InstanceId: 'aws_instance.main.id' }]],
  asg: [['aws_autoscaling_group.main', { AutoScalingGroupName: 'aws_autoscaling_group.main.name' }]],
  rds: [['aws_db_instance.main', { DBInstanceIdentifier: 'aws_db_instance.main.identifier' }], ['aws_rds_cluster.main', { DBClusterIdentifier: 'aws_rds_cluster.main.cluster_identifier' }]],
  ecs: [['aws_ecs_service.main', { ClusterName: 'aws_ecs_cluster.main.name', ServiceName: 'aws_ecs_service.main.name' }]],
  alb: [['aws_lb.main', { LoadBalancer: 'aws_lb.main.arn_suffix' }]],
  sqs: [['aws_sqs_queue.main', { QueueName: 'aws_sqs_queue.main.name' }]],
  lambda: [['aws_lambda_function.main', { FunctionName: 'aws_lambda_function.main.function_name' }]],
  dynamodb: [['aws_dynamodb_table.main', { TableName: 'aws_dynamodb_table.main.name' }]],
  apigateway: [['aws_api_gateway_rest_api.main', { ApiName: 'aws_api_gateway_rest_api.main.name' }], ['aws_apigatewayv2_api.main', { ApiId: 'aws_apigatewayv2_api.main.id' }]],
  kinesis: [['aws_kinesis_stream.main', { StreamName: 'aws_kinesis_stream.main.name' }]],
  states: [['aws_sfn_state_machine.main', { StateMachineArn: 'aws_sfn_state_machine.main.arn' }]],
  sns: [['aws_sns_topic.main', { TopicName: 'aws_sns_topic.main.name' }]],
  elasticache: [['aws_elasticache_replication_group.main', { CacheClusterId: 'tolist(aws_elasticache_replication_group.main.member_clusters)[0]' }]],
  efs: [['aws_efs_file_system.main', { FileSystemId: 'aws_efs_file_system.main.id' }]],
  opensearch: [['aws_opensearch_domain.main', { DomainName: 'aws_opensearch_domain.main.domain_name', ClientId: 'data.aws_caller_identity.current.account_id' }]],
  cloudfront: [['aws_cloudfront_distribution.main', { DistributionId: 'aws_cloudfront_distribution.main.id', Region: '"Global"' }]],
  route53: [['aws_route53_health_check.main', { HealthCheckId: 'aws_route53_health_check.main.id' }]],
  redshift: [['aws_redshift_cluster.main', { ClusterIdentifier: 'aws_redshift_cluster.main.cluster_identifier' }]],
}; // prettier-ignore
