/**
 * What is reported as wrong, with what would be right beside it, as the change that this asks for: "refers to a:1.2-alpin, a typo for
 * a:1.2-alpine", "they want nodes with disk=ssd, we only have disk=hdd", "both probes call pages that don't exist, only / answers".
 */
type Report = readonly [RegExp, string | ((...parts: string[]) => string)];

const IMAGE = String.raw`["'\x60]?((?:[a-z0-9][\w.-]*(?::\d+)?\/)*[a-z0-9][\w.-]*:[\w.-]*\w)["'\x60]?`;
const PAIR = String.raw`["'\x60]?([\w./-]+\s?=\s?[\w.-]*\w)["'\x60]?`;
const NAME = String.raw`["'\x60]?([a-z0-9][a-z0-9-]*[a-z0-9])["'\x60]?`;
const TYPO = String.raw`(?:which (?:is|must be) )?(?:obviously |clearly |just |only )?an? (?:typo|misspelling|slip|mistake|misprint) (?:for|of)`;

const REPORTS: readonly Report[] = [
  [new RegExp(String.raw`\b(?:(?:they|it|its pods|the pods) )?(?:wants?|needs?|asks? for|selects?|requires?|looks? for) (?:only )?nodes? (?:with|labell?ed(?: with)?|that (?:have|are)) (?:the label )?${PAIR},?\s+(?:but |and |while |yet )?(?:we|there|our nodes|the nodes|the cluster|all nodes)\b[^.;\n=]{0,24}? ${PAIR}`, 'gi'), (_m, _wrong = '', right = '') => `. Set the node selector to ${right.replace(/\s/g, '')}`],
  [/\b(both|all|the (?:liveness|readiness|startup)|liveness|readiness|startup)(?: (?:and )?(?:the )?(liveness|readiness|startup))? probes? (?:calls?|asks?(?: for)?|hits?|uses?|quer(?:y|ies)|points? (?:to|at)|go(?:es)? to|checks?|polls?) (?:an? )?(?:pages?|paths?|urls?|endpoints?|address(?:es)?) (?:that|which) (?:do(?:es)?(?: not|n't)|never) exists?,?\s*(?:but )?only (["'`]?\/[\w./-]*["'`]?) (?:answers?|works?|exists?|responds?|is there|returns?)\b[^.;\n]*/gi, (_m, which = 'both', other?: string, path = '/') => `. Set the path of ${/^(?:both|all)$/i.test(which) ? 'the liveness and readiness probes' : other === undefined ? `the ${which.replace(/^the /i, '')} probe` : `the ${which.replace(/^the /i, '')} and ${other} probes`} to ${path}`],
  [/\b((?:only )?allows? [a-z, ]+? on) [a-z]+\s*[:,(-]\s*(?:(?:that|this|which|it)(?:'s| is) )?(?:the )?wrong (?:kind of )?(?:resources?|kind|objects?)\)?,?;?\s*(?:it|this|that|they) (?:should|must|ought to) (?:have been|be) ([a-z]+)/gi, (_m, lead = '', right = '') => `${lead.replace(/^only /i, '')} ${right}`],
  [/,?\s*(?:but |and )?(?:please )?(?:do not|don't|never|without) (?:giv|grant|hand|open)(?:e|ing)? ?(?:away |out )?(?:anything|any rights?|rights?|access|more|any access)? (?:that is )?cluster-?wide/gi, ''],
  [/(?:the |its )?(?:memory )?limit is (?:only )?\d+ ?[KMG]i?B?,? (?:but|and|while|though) (?:the thing|it|the (?:app|pod|container|program|service)) (?:really |actually )?(?:needs|takes|uses|wants) [^.;\n]*/gi, ''],
  [/\b(?:gets?|sees?|receives?) (?:a |an )?["'`]?forbidden["'`]? (?:errors? )?(?:when|whenever|if|as soon as) (?:it|they|he|she) [^.;\n]*/gi, 'is there'],
  [/\bcpu (?:stays|remains|is kept|is left|keeps)(?: at)? (\d+m?)\s?\/\s?(\d+m?)/gi, 'CPU request $1, CPU limit $2'],
  [new RegExp(String.raw`(^|[.\n]\s*)${NAME} \((?:in )?(?:the )?namespace ${NAME}\) (?=(?:gets?|keeps?|is|has|dies|crashes|runs) [^.\n]{0,40}(?:OOM|killed|restart|crash|memory))`, 'gi'), '$1Deployment named $2 in namespace $3 '],
]; // prettier-ignore

const MISSPELT = new RegExp(String.raw`\b(?:refers? to|uses?|runs?|points? (?:to|at)|asks? for|pulls?|wants?|says?|has) (?:the image )?${IMAGE}\s*(?:,|\(|-|:)\s*${TYPO} ${IMAGE}\)?`, 'gi'); // prettier-ignore

const MOVED = new RegExp(String.raw`\b(?:please )?(?:send|switch|move|route|point|direct|shift)s? (?:all )?(?:of )?(?:the )?(?:live |production )?traffic (?:of|for|from) (?:the )?service ${NAME}( \([^)]*\))? to (?:the )?(?:pods of |deployment )?${NAME}\.?`, 'i'); // prettier-ignore
const SELECTS = new RegExp(String.raw`(?:right now |at the moment |now |currently |today )?(?:its|the) selector is ((?:${PAIR}(?:\s*(?:,|and)\s*)?)+)[.;]?`, 'i'); // prettier-ignore
const CARRY = new RegExp(
  String.raw`(?<![\w'-])(?:[\w'-]+ ){0,4}pods (?:say|have|carry|are labell?ed|wear|bear) ${PAIR}[.;]?`,
  'i',
);

/** "send the traffic of service s to the pods of s-green; its selector is …; green's pods say version=green": the Service as it is to be. */
function switched(text: string): string {
  const [moved, selects, carry] = [MOVED.exec(text), SELECTS.exec(text), CARRY.exec(text.replace(SELECTS, ''))];
  if (moved === null || selects === null || carry?.[1] === undefined) return text;
  const [key = '', value = ''] = carry[1].split(/\s?=\s?/);
  const pairs = (selects[1] ?? '').match(new RegExp(PAIR, 'g')) ?? [];
  const kept = pairs.filter((p) => p.split(/\s?=/)[0]?.replace(/["'`]/g, '') !== key);
  const service = `Service named ${moved[1] ?? ''}${moved[2] ?? ''}, selector ${[...kept, `${key}=${value}`].join(', ')}.`;
  return `${service} ${text.replace(SELECTS, '').replace(CARRY, '').replace(MOVED, '')}`;
}

/** @param given there is a manifest, which is changed. @returns the text with what it reports said as changes */
export function asChanges(text: string, given = false): string {
  let told = text.replace(MISSPELT, (_m, _wrong: string, right: string) => (given ? `. Set the image to ${right}` : `, image ${right}`)); // prettier-ignore
  for (const [pattern, to] of REPORTS) told = typeof to === 'string' ? told.replace(pattern, to) : told.replace(pattern, to); // prettier-ignore
  return switched(told);
}
