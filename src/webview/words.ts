/** Gives the page the words that the extension put into it; imported first of all, for whatever is built next speaks. */
import { checked, recordOf, text } from '../core/check.ts';
import { parseJson } from '../core/json.ts';
import { useWords } from '../core/words.ts';

const bundle = checked(parseJson(document.body.dataset['words'] ?? ''), recordOf(text), 'words');
if (bundle.ok) useWords(bundle.value);
