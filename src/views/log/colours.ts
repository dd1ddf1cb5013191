/** A line's colours as plain data: class names for the sixteen theme colours, values for the others. */
import Anser from 'anser';
import type { LogLine } from './terminal.ts';

export interface Span {
  readonly text: string;
  /** `fg-red`, `bg-bright-blue`, `bold`, `dim`, `italic`, `underline`, `strike`, `reverse`. */
  readonly classes: readonly string[];
  /** `#rrggbb`, of the 256 or 16 million colours. */
  readonly foreground?: string;
  readonly background?: string;
}

const DECORATIONS: Readonly<Record<string, string>> = {
  bold: 'bold',
  dim: 'dim',
  italic: 'italic',
  underline: 'underline',
  strikethrough: 'strike',
  reverse: 'reverse',
};

/** @returns the pieces of the line, in order; one without classes for a line without colours */
export function spansOf(line: LogLine): readonly Span[] {
  if (line.ansi === undefined) return [{ text: line.plain, classes: [] }];
  const spans: Span[] = [];
  for (const piece of Anser.ansiToJson(line.ansi, { use_classes: true, remove_empty: true })) {
    const foreground = colourOf(piece.fg, piece.fg_truecolor, 'fg');
    const background = colourOf(piece.bg, piece.bg_truecolor, 'bg');
    const classes = piece.decorations.map((name) => DECORATIONS[name]).filter((name) => name !== undefined);
    spans.push({
      text: piece.content,
      classes: [...classes, ...foreground.classes, ...background.classes],
      ...(foreground.value === undefined ? {} : { foreground: foreground.value }),
      ...(background.value === undefined ? {} : { background: background.value }),
    });
  }
  return spans;
}

interface Colour {
  readonly classes: readonly string[];
  readonly value?: string;
}

/** Anser gives `ansi-red`, `ansi-palette-123` or `ansi-truecolor` with a separate `r, g, b`. */
function colourOf(name: string | null | undefined, rgb: string | null | undefined, side: 'fg' | 'bg'): Colour {
  if (!name) return { classes: [] };
  if (name === 'ansi-truecolor') return rgb ? { classes: [], value: hex(rgb.split(',').map(Number)) } : { classes: [] };
  const palette = /^ansi-palette-(\d+)$/.exec(name);
  if (palette) return { classes: [], value: paletteColour(Number(palette[1])) };
  return { classes: [`${side}-${name.replace('ansi-', '')}`] };
}

/** The 6×6×6 cube and the greys of xterm's palette, from 16 on. */
export function paletteColour(index: number): string {
  if (index >= 232) {
    const level = 8 + (index - 232) * 10;
    return hex([level, level, level]);
  }
  const cube = Math.max(0, index - 16);
  const part = (n: number): number => (n === 0 ? 0 : 55 + n * 40);
  return hex([part(Math.floor(cube / 36)), part(Math.floor(cube / 6) % 6), part(cube % 6)]);
}

const hex = (parts: readonly number[]): string =>
  `#${parts
    .map((n) =>
      Math.max(0, Math.min(255, n || 0))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
