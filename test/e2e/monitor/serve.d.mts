export interface Served {
  /** @param theme `dark`, `light` or `hc` @param query what to show, see page.ts */
  readonly url: (theme: string, query: string) => string;
  readonly close: () => Promise<void>;
}
export function serveMonitor(): Promise<Served>;
