/** Files that never leave the machine and are never read for a plan, whatever asks for them. */

const DENIED: readonly RegExp[] = [
  /(?:^|\/)\.env(?:[.-][^/]*)?$/i,
  /(?:^|\/)[^/]*\.env$/i,
  /(?:^|\/)\.(?:netrc|npmrc|pypirc|pgpass|git-credentials|dockercfg|htpasswd|vault-token|terraformrc)$/i,
  /(?:^|\/)\.(?:ssh|gnupg|aws|azure|kube|docker|config\/gcloud)\//i,
  /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|authorized_keys|known_hosts)(?:\.[^/]*)?$/i,
  /\.(?:pem|key|p12|pfx|jks|keystore|kdbx|asc|gpg|ppk|der|crt|cer)$/i,
  /(?:^|\/)(?:kubeconfig|admin\.conf|config\.kube)(?:\.[^/]*)?$|\.kubeconfig$/i,
  /\.tfstate(?:\.[^/]*)?$|(?:^|\/)\.terraform\//i,
  /\.tfvars(?:\.json)?$/i,
  /(?:^|\/)(?:credentials?|secrets?|passwords?|tokens?)(?:[._-][^/]*)?(?:\.(?:json|ya?ml|txt|toml|ini|properties|xml|csv|env))?$/i,
  /(?:^|\/)[^/]*(?:credentials?|service[-_]account)[^/]*\.json$/i,
  /(?:^|\/)Pulumi\.[^/]+\.ya?ml$/,
  /\.(?:sqlite3?|db|dump|bak|sql\.gz)$/i,
  /(?:^|\/)\.git\//,
  /(?:^|\/)\.code\/(?:runs|secrets)\//,
];

/** @param path relative to the workspace, with `/` */
export const isDenied = (path: string): boolean => DENIED.some((pattern) => pattern.test(path.replaceAll('\\', '/')));
