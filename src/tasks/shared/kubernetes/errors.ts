/** What the API server says when it says no, as failures that a person can act on. */
import { failure, errnoOf, type FailureKind } from '../../../core/failure.ts';
import type { TaskFailure } from '../../../core/task-type.ts';
import { listAt, numberAt, textAt } from './objects.ts';

/** A failure of one request. `transient` says that the same request may well succeed in a moment. */
export interface ApiFailure extends TaskFailure {
  /** The HTTP status; absent where there was no answer. */
  readonly status?: number;
  /** The API's own word: `NotFound`, `Conflict`, `Forbidden`. */
  readonly reason?: string;
  readonly causes: readonly Cause[];
  readonly transient: boolean;
  readonly retryAfterMs?: number;
}

/** One of several things wrong with an object. `field` is a path such as `spec.template.spec.containers[0].image`. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface Asked {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly user: string;
  readonly source: string;
}

/** From an answer with a status of 400 or more; `body` is a `Status` object, most times. */
export function refused(status: number, body: unknown, asked: Asked): ApiFailure {
  const said = textAt(body, 'message') ?? `HTTP ${status}`;
  const reason = textAt(body, 'reason');
  const retryAfter = numberAt(body, 'details', 'retryAfterSeconds');
  const causes = listAt(body, 'details', 'causes').map((cause) => ({
    reason: textAt(cause, 'reason') ?? '',
    message: textAt(cause, 'message') ?? '',
    field: textAt(cause, 'field') ?? '',
  }));
  const { kind, message, next } = explain(status, said, asked);
  return {
    ...failure(kind, message, { ...(next === undefined ? {} : { next }), detail: said }),
    status,
    ...(reason === undefined ? {} : { reason }),
    causes,
    transient: isTransient(status, said),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter * 1000 }),
    retriable: isTransient(status, said) || (status >= 500 && !UNTYPED.test(said)),
  };
}

/** Too many requests, a server that starts or stops, a webhook that is not up yet. */
function isTransient(status: number, said: string): boolean {
  if (status === 429 || (status >= 502 && status <= 504)) return true;
  return (
    status === 500 && /etcdserver|leader changed|failed calling webhook|connection refused|request timed out/.test(said)
  );
}

interface Explanation {
  readonly kind: FailureKind;
  readonly message: string;
  readonly next?: string;
}

/** Server-side apply answers 500 where an object does not fit its schema. */
const UNTYPED = /failed to create typed (?:patch|live) object/;

const FORBIDDEN =
  /User "(?<user>[^"]*)" cannot (?<verb>\S+) resource "(?<resource>[^"]*)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]*)")?/;

function explain(status: number, said: string, { server, user, source }: Asked): Explanation {
  if (status === 401) {
    return {
      kind: 'denied',
      message: `The API server at ${server} does not accept the credentials of "${user}": they are wrong or have expired.`,
      next: `Log in again (the user "${user}" in ${source}), or choose another context.`,
    };
  }
  if (status === 403) return explainForbidden(said);
  if (status === 404) return { kind: 'missing', message: said };
  if (status === 409) return { kind: 'conflict', message: said };
  if (status === 400 || status === 422 || UNTYPED.test(said)) return { kind: 'invalid', message: said };
  if (status === 413) return { kind: 'invalid', message: `The object is too large for the API server: ${said}` };
  if (status === 429 || status >= 502)
    return { kind: 'unreachable', message: `The API server at ${server} is not ready: ${said}` };
  return { kind: 'tool', message: said };
}

/** A 403 is RBAC's, or that of an admission plugin: quota, pod security, a policy. */
function explainForbidden(said: string): Explanation {
  const rbac = FORBIDDEN.exec(said)?.groups;
  if (rbac !== undefined) {
    const resource = rbac.group ? `${rbac.resource ?? ''}.${rbac.group}` : (rbac.resource ?? '');
    const where = rbac.namespace ? ` in the namespace "${rbac.namespace}"` : ' in the whole cluster';
    const scope = rbac.namespace ? ` --namespace ${rbac.namespace}` : '';
    return {
      kind: 'denied',
      message: `The user "${rbac.user ?? ''}" may not ${rbac.verb ?? ''} ${resource}${where}.`,
      next: `Let an administrator grant it by a Role and a RoleBinding; check with: kubectl auth can-i ${rbac.verb ?? ''} ${resource}${scope}`,
    };
  }
  if (/exceeded quota/.test(said))
    return { kind: 'tool', message: said, next: 'Ask for less, or raise the ResourceQuota.' };
  if (/violates PodSecurity/.test(said)) {
    return {
      kind: 'tool',
      message: said,
      next: "Set the pod's securityContext as the namespace's pod security level asks.",
    };
  }
  return { kind: 'denied', message: said };
}

const UNTRUSTED = /CERT|UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/;

function mendTrust(code: string, source: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'It has expired: have it renewed where the API server runs.';
  if (code === 'CERT_NOT_YET_VALID') return 'It is not valid yet: check the clocks of both machines.';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `It is for another name: check the server’s address in ${source}, or give it a tls-server-name.`;
  return `Check certificate-authority-data of the cluster in ${source}.`;
}

/** From an exception: no connection, no trust, a connection that broke. */
export function unanswered(error: unknown, { server, source }: Pick<Asked, 'server' | 'source'>): ApiFailure {
  const code = errnoOf(error) ?? '';
  const detail = error instanceof Error ? error.message : String(error);
  const base = { causes: [], transient: true } as const;
  if (UNTRUSTED.test(code)) {
    const next = mendTrust(code, source);
    return {
      ...failure('unreachable', `The certificate of ${server} is not trusted (${code}).`, { next, detail }),
      ...base,
      transient: false,
    };
  }
  const why = code === '' ? detail : code;
  const next = `Is the cluster running, and is ${server} reachable from here? The address comes from ${source}.`;
  return {
    ...failure('unreachable', `The API server at ${server} does not answer (${why}).`, { next, detail }),
    ...base,
  };
}

export const cancelled = (): ApiFailure => ({
  ...failure('cancelled', 'The task was ended.'),
  causes: [],
  transient: false,
});

/** For what is not a refusal by the server. */
export const asApiFailure = (plain: TaskFailure): ApiFailure => ({ ...plain, causes: [], transient: false });
