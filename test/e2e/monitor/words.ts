/** A language of nobody, in the page's address as `pseudo`: every word of the bundle in brackets, so that what is left out stands bare. */
import bundle from '../../../l10n/bundle.l10n.json';

export function speakPseudo(): void {
  const words = Object.keys(bundle).map((text) => [text, `⟦${text}⟧`]);
  document.body.dataset['words'] = JSON.stringify(Object.fromEntries(words));
  // What the canvases say, for the tests.
  const drawn = new Set<string>();
  Object.assign(window, { drawn });
  const canvas = CanvasRenderingContext2D.prototype;
  const draw = Object.getOwnPropertyDescriptor(canvas, 'fillText')?.value as typeof canvas.fillText;
  canvas.fillText = function (text, ...place) {
    drawn.add(text);
    draw.call(this, text, ...place);
  };
}
