/** The theme's colours for the canvases, read from the style sheet's own variables and again whenever the theme changes. */
import type { Tone } from '../views/status.ts';

export interface Palette {
  readonly background: string;
  readonly band: string;
  readonly line: string;
  readonly foreground: string;
  readonly dim: string;
  readonly critical: string;
  readonly now: string;
  readonly selected: string;
  readonly focus: string;
  readonly tone: Readonly<Record<Tone, string>>;
  /** The quiet fill of a bar of that tone. */
  readonly fill: Readonly<Record<Tone, string>>;
  readonly font: string;
  readonly highContrast: boolean;
}

const TONES: readonly Tone[] = ['good', 'bad', 'active', 'attention', 'quiet'];

/** Resolves `--name` to a colour that a canvas takes (a mix in a variable is no colour until an element wears it). */
function resolver(): { readonly read: (name: string) => string; readonly done: () => void } {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  return {
    read: (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    },
    done: () => probe.remove(),
  };
}

function readPalette(): Palette {
  const { read, done } = resolver();
  const each = (prefix: string): Record<Tone, string> =>
    Object.fromEntries(TONES.map((tone) => [tone, read(`--${prefix}${tone}`)])) as Record<Tone, string>;
  const palette: Palette = {
    background: read('--bg'),
    band: read('--band'),
    line: read('--line'),
    foreground: read('--fg'),
    dim: read('--dim'),
    critical: read('--critical'),
    now: read('--now'),
    selected: read('--selected'),
    focus: read('--focus'),
    tone: each('tone-'),
    fill: each('fill-'),
    font: getComputedStyle(document.body).fontFamily,
    highContrast: document.body.className.includes('high-contrast'),
  };
  done();
  return palette;
}

/** The palette as it is now; `changed` is called after the theme did. */
export function watchTheme(changed: () => void): { readonly palette: Palette } {
  const theme = { palette: readPalette() };
  const again = (): void => {
    theme.palette = readPalette();
    changed();
  };
  new MutationObserver(again).observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-id'],
  });
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return theme;
}
