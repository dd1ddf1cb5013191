/** What a module's expressions refer to must be declared in it: the part of `tofu validate` that needs no provider. */

const BLOCK = /^(resource|data) "([\w-]+)" "([\w-]+)"|^(variable|local|module) "([\w-]+)"/gm;
const REFERENCE =
  /(?<![\w."-])(data\.)?((?:aws|random|local|archive|null|time|tls)_\w+)\.([a-z_]\w*)|(?<![\w."-])(var)\.(\w+)/g;

/** @param text all `*.tf` files of a module @returns a fault for each reference to nothing */
export function undeclared(text: string): string[] {
  const declared = new Set<string>();
  for (const m of text.matchAll(BLOCK))
    declared.add(
      m[4] === undefined ? `${m[1] === 'data' ? 'data.' : ''}${m[2] ?? ''}.${m[3] ?? ''}` : `var.${m[5] ?? ''}`,
    );
  // Quoted text counts only inside an interpolation.
  const expressions = text.replace(/"((?:[^"\\]|\\.)*)"/g, (_all, body: string) => [...body.matchAll(/\$\{([^}]*)\}/g)].map((m) => ` ${m[1] ?? ''} `).join(' ')); // prettier-ignore
  const faults = new Set<string>();
  for (const m of expressions.matchAll(REFERENCE)) {
    const address = m[4] === undefined ? `${m[1] ?? ''}${m[2] ?? ''}.${m[3] ?? ''}` : `var.${m[5] ?? ''}`;
    if (!declared.has(address)) faults.add(`${address} is not declared`);
  }
  return [...faults];
}
