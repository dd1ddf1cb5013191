/** A bucket that a service of AWS keeps its records in. */
import { nested, raw, type Block } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { policy } from './policy.ts';

/** Words by which what comes without TLS is turned away. */
export const TLS_ONLY =
  /\b(?:tls|https|ssl|secure transport|encrypted connections?)\b[^.;,]{0,20}\bonly\b|\b(?:only|enforc\w*|requir\w*|forc\w*|must use|insists? on)\b[^.;,]{0,24}\b(?:tls|https|ssl|secure transport|encrypt\w* in transit)\b|\b(?:den(?:y|ies|ied|ying)|refus\w*|reject\w*|block\w*|forbid\w*|disallow\w*|no|not allow\w*)\b[^.;,]{0,30}\b(?:http|non-?(?:tls|ssl|https)|plain ?-?(?:text|http)?|unencrypted|insecure)\b(?! (?:objects?|uploads?))|\b(?:http|non-?(?:tls|ssl|https)|insecure|unencrypted)\b[^.;,]{0,30}\b(?:den(?:y|ied)|refused|rejected|blocked|forbidden|not allowed)\b|\b(?:den|refus|reject|block|forbid)\w*\b[^.;]{0,90}\b(?:over|via|by) (?:plain |unencrypted |clear )http\b|\bsecuretransport\b|\bencrypt\w* in transit\b/i;

/** The statement of a bucket's policy that does it. */
export const tlsOnly = (bucket: string): Block =>
  nested({
    effect: 'Deny',
    actions: ['s3:*'],
    resources: [raw(`${bucket}.arn`), raw(`"\${${bucket}.arn}/*"`)],
    principals: nested({ type: '*', identifiers: ['*'] }),
    condition: nested({ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }),
  });

/** @param service that writes to it @returns its address */
export function auditBucket(m: TofuModule, label: string, service: string): string {
  m.data('aws_caller_identity', 'current', {});
  const bucket = m.resource('aws_s3_bucket', label, {
    bucket: raw(`"\${var.name}-${label.replace(/_/g, '-')}-\${data.aws_caller_identity.current.account_id}"`),
  });
  m.resource('aws_s3_bucket_public_access_block', label, {
    bucket: raw(`${bucket}.id`),
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  });
  const span = m.take(/\b(?:expir\w*|delet\w*|remov\w*|go|goes|gone|thrown away|drop\w*|purg\w*|vanish\w*)\b[^.;\d]{0,24}\b(\d+)\s*(days?|weeks?|months?|years?)\b/i); // prettier-ignore
  const days = Number(span?.[1] ?? 0) * ({ w: 7, m: 30, y: 365 }[span?.[2]?.charAt(0).toLowerCase() ?? ''] ?? 1);
  if (days > 0)
    m.resource('aws_s3_bucket_lifecycle_configuration', label, {
      bucket: raw(`${bucket}.id`),
      rule: nested({ id: 'age', status: 'Enabled', filter: nested({}), expiration: nested({ days }) }),
    });
  const document = policy([
    ...(m.take(TLS_ONLY) === undefined ? [] : [tlsOnly(bucket)]),
    nested({
      actions: ['s3:GetBucketAcl', 's3:ListBucket'],
      resources: [raw(`${bucket}.arn`)],
      principals: nested({ type: 'Service', identifiers: [service] }),
    }),
    nested({
      actions: ['s3:PutObject'],
      resources: [raw(`"\${${bucket}.arn}/*"`)],
      principals: nested({ type: 'Service', identifiers: [service] }),
      condition: nested({ test: 'StringEquals', variable: 's3:x-amz-acl', values: ['bucket-owner-full-control'] }),
    }),
  ]);
  m.resource('aws_s3_bucket_policy', label, { bucket: raw(`${bucket}.id`), policy: document });
  return bucket;
}
