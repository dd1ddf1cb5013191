/**
 * What a program printed, as a terminal may have it: text and colours. Whatever moves the cursor, wipes the screen, sets a title or
 * fills the clipboard is left out, since a log may come from a stranger's workflow.
 */

const ESCAPE = '\u001b';
/** What a control sequence may be at most; a longer one is none. */
const LONGEST = 4096;

/* eslint-disable no-control-regex -- control characters are what this file is about */
/** CSI; a string (OSC, DCS, SOS, PM, APC) up to its end; or a short one. */
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|(?![[\]PX^_])[0-~])/y;
const OPEN = /^\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)$/;
const COLOUR = /^\x1b\[[0-9;:]*m$/;
/* eslint-enable no-control-regex */
const NOT_SHOWN = /(?![\n\r\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu;

/** Cleans a stream piece by piece; a sequence that a piece cuts in two is waited for. */
export class Harmless {
  #rest = '';
  #coloured = false;

  clean(piece: string): string {
    const text = this.#rest + piece;
    this.#rest = '';
    let out = '';
    let from = 0;
    for (;;) {
      const at = text.indexOf(ESCAPE, from);
      if (at < 0) return out + text.slice(from).replace(NOT_SHOWN, '');
      out += text.slice(from, at).replace(NOT_SHOWN, '');
      SEQUENCE.lastIndex = at;
      const [found] = SEQUENCE.exec(text) ?? [];
      if (found === undefined && text.length - at < LONGEST && OPEN.test(text.slice(at))) {
        this.#rest = text.slice(at);
        return out;
      }
      if (found !== undefined && COLOUR.test(found)) {
        out += found;
        this.#coloured = true;
      }
      from = at + (found?.length ?? 1);
    }
  }

  /** What has to follow the last piece: the terminal's own colour again. */
  end(): string {
    const reset = this.#coloured ? `${ESCAPE}[0m` : '';
    this.#rest = '';
    this.#coloured = false;
    return reset;
  }
}
