/** One line of a log as elements: number, fold mark, coloured pieces. */
import { t } from '../../core/words.ts';
import type { Fold } from '../../views/log/folds.ts';
import type { ModelLine } from '../../views/log/model.ts';
import { placesIn, type Place } from '../../views/log/places.ts';
import { spansOf } from '../../views/log/colours.ts';
import { el, setClass, setText } from '../dom.ts';

export interface LineView {
  readonly line: ModelLine;
  readonly number: string;
  readonly fold: Fold | undefined;
  readonly folded: boolean;
  readonly current: boolean;
  readonly pattern: RegExp | undefined;
}

export function createLine(): HTMLElement {
  return el(
    'div',
    { class: 'line' },
    el('span', { class: 'number', 'aria-hidden': 'true' }),
    el('span', { class: 'mark' }),
    el('span', { class: 'text' }),
  );
}

/** A very long line is cut in the view (not in what is copied): the layout of a megabyte in one line takes seconds. */
const SHOWN = 4000;

export function fillLine(row: HTMLElement, view: LineView): void {
  const [number, mark, text] = row.children;
  if (!number || !mark || !text) return;
  setClass(
    row,
    `virtual-row line level-${view.line.level}${view.current ? ' current' : ''}${view.fold ? ' foldable' : ''}`,
  );
  setText(number, view.number);
  setText(mark, view.fold ? (view.folded ? '▸' : '▾') : '');
  const key = `${view.line.ansi ?? view.line.plain}\n${view.folded ? view.fold?.end : ''}\n${view.pattern?.source ?? ''}`;
  if (rendered.get(row) === key) return;
  rendered.set(row, key);
  text.replaceChildren(...pieces(view));
}

/** What each element shows, so that scrolling does not build it again. */
const rendered = new WeakMap<HTMLElement, string>();

function pieces(view: LineView): Node[] {
  if (view.fold && view.folded) {
    const hidden = view.fold.end - view.fold.start;
    const title = view.fold.kind === 'group' ? view.fold.title : view.line.plain.slice(0, 120);
    return [
      el(
        'span',
        { class: 'fold' },
        view.fold.kind === 'group'
          ? `${title} · ${t('{0} lines', hidden)}`
          : `${title}  … ${t('{0} more lines like it', hidden)}`,
      ),
    ];
  }
  if (view.fold?.kind === 'group') return [el('span', { class: 'fold' }, view.fold.title)];
  const nodes: Node[] = [];
  const places = placesIn(view.line.plain);
  let [room, at] = [SHOWN, 0];
  for (const span of spansOf(view.line)) {
    if (room <= 0) break;
    const shown = span.text.slice(0, room);
    room -= shown.length;
    const classes = span.foreground === undefined ? span.classes : [...span.classes, 'fg-own'];
    const element = el('span', classes.length > 0 ? { class: classes.join(' ') } : {});
    // Mixed with the text's own colour in the style sheet, so that it can be read on any background.
    if (span.foreground !== undefined) element.style.setProperty('--own', span.foreground);
    if (span.background !== undefined) element.style.backgroundColor = span.background;
    element.append(...linked(shown, at, places, view.pattern));
    at += span.text.length;
    nodes.push(element);
  }
  if (room <= 0)
    nodes.push(
      el(
        'span',
        { class: 'fold' },
        ` … ${t('{0} more characters (copy to see them)', view.line.plain.length - SHOWN)}`,
      ),
    );
  return nodes;
}

/** A piece of a line with its places as links; one that goes over several colours is as many pieces of one link. */
function linked(text: string, from: number, places: readonly Place[], pattern: RegExp | undefined): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let at = 0;
  for (const { start, length, path, line, column } of places) {
    const [begin, end] = [Math.max(at, start - from), Math.min(text.length, start + length - from)];
    if (begin >= end) continue;
    nodes.push(...highlighted(text.slice(at, begin), pattern));
    const place = { class: 'place', 'data-path': path, 'data-line': String(line), 'data-column': String(column) };
    const title = t('Open the file (click, or Enter on its line)');
    nodes.push(el('span', { ...place, title }, ...highlighted(text.slice(begin, end), pattern)));
    at = end;
  }
  nodes.push(...highlighted(text.slice(at), pattern));
  return nodes;
}

function highlighted(text: string, pattern: RegExp | undefined): (Node | string)[] {
  if (!pattern) return [text];
  const all = new RegExp(pattern.source, `${pattern.flags}g`);
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const match of text.matchAll(all)) {
    if (match[0] === '') break;
    parts.push(text.slice(at, match.index), el('mark', {}, match[0]));
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== '');
}
