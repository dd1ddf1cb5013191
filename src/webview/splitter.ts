/** The bar between picture and log: dragged, or moved by arrow keys. */
import { t } from '../core/words.ts';
import { el, setAttribute } from './dom.ts';

const LEAST = 15;
const MOST = 85;

/** @param grid sets how high the picture is through the property `--split` (percent) @param changed called after a move */
export function splitter(grid: HTMLElement, changed: () => void): HTMLElement {
  const bar = el('div', {
    class: 'splitter',
    role: 'separator',
    tabindex: '0',
    'aria-orientation': 'horizontal',
    'aria-label': t('Height of the picture above the log'),
    'aria-valuemin': String(LEAST),
    'aria-valuemax': String(MOST),
  });
  let at = 58;
  const set = (value: number): void => {
    at = Math.max(LEAST, Math.min(MOST, value));
    grid.style.setProperty('--split', `${at}%`);
    setAttribute(bar, 'aria-valuenow', String(Math.round(at)));
    changed();
  };
  set(at);
  bar.addEventListener('pointerdown', (event) => bar.setPointerCapture(event.pointerId));
  bar.addEventListener('pointermove', (event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const box = grid.getBoundingClientRect();
    set(((event.clientY - box.top) / box.height) * 100);
  });
  bar.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowUp' ? -4 : event.key === 'ArrowDown' ? 4 : 0;
    if (step === 0) return;
    event.preventDefault();
    set(at + step);
  });
  return bar;
}
