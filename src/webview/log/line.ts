/** One line of a log as elements: number, fold mark, coloured pieces. */
import type { Fold } from '../../views/log/folds.ts';
import type { ModelLine } from '../../views/log/model.ts';
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
        view.fold.kind === 'group' ? `${title} · ${hidden} lines` : `${title}  … ${hidden} more lines like it`,
      ),
    ];
  }
  if (view.fold?.kind === 'group') return [el('span', { class: 'fold' }, view.fold.title)];
  const nodes: Node[] = [];
  let room = SHOWN;
  for (const span of spansOf(view.line)) {
    if (room <= 0) break;
    const shown = span.text.slice(0, room);
    room -= shown.length;
    const classes = span.foreground === undefined ? span.classes : [...span.classes, 'fg-own'];
    const element = el('span', classes.length > 0 ? { class: classes.join(' ') } : {});
    // Mixed with the text's own colour in the style sheet, so that it can be read on any background.
    if (span.foreground !== undefined) element.style.setProperty('--own', span.foreground);
    if (span.background !== undefined) element.style.backgroundColor = span.background;
    element.append(...highlighted(shown, view.pattern));
    nodes.push(element);
  }
  if (room <= 0)
    nodes.push(
      el('span', { class: 'fold' }, ` … ${view.line.plain.length - SHOWN} more characters (copy to see them)`),
    );
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
