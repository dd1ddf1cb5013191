/** Names of images: `[host[:port]/]repository[:tag][@digest]`. https://github.com/opencontainers/distribution-spec */

export interface ImageReference {
  /** Undefined for a name without a registry, such as `shop` or `team/shop`. */
  readonly registry: string | undefined;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const NAME =
  /^(?<path>[^@:]+(?::\d+(?=\/))?[^@:]*)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[0-9a-f]{32,}))?$/;

export function parseReference(name: string): ImageReference | undefined {
  const { path, tag, digest } = NAME.exec(name)?.groups ?? {};
  if (path === undefined) return undefined;
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const registry = first === 'localhost' || /[.:]/.test(first) ? first : undefined;
  const repository = registry === undefined ? path : path.slice(slash + 1);
  if (!/^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(repository)) return undefined;
  return { registry, repository, tag, digest };
}

export function formatReference(reference: Partial<ImageReference> & { readonly repository: string }): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry === undefined ? '' : `${registry}/`}${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Any text as the name of an image: `My Shop` becomes `my-shop`. */
export const imageName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9._/:@-]+/g, '-')
    .replace(/^[-._/]+|[-._/]+$/g, '') || 'image';
