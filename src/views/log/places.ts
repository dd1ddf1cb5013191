/** Places in files, as tools print them: `/srv/shop/main.tf:3:7`, `C:\shop\a.ts(4,2)`, `infra/main.tf:9`, `on main.tf line 5`. */

export interface Place {
  /** Where it stands in the text. */
  readonly start: number;
  readonly length: number;
  /** As it was printed: of either system, or relative to nobody knows what. */
  readonly path: string;
  /** From 1; 1 where none was printed. */
  readonly line: number;
  readonly column: number;
}

/** A relative path is one only by its ending and with a line: `shop.example.com:443` and `shop/api:1.4.0` are none. */
const ENDINGS =
  'tf|tfvars|hcl|ya?ml|json[5c]?|toml|ini|conf|cfg|env|tpl|j2|cue|rego|proto|sql|xml|md|txt|log|html?|s?css|' +
  '[cm]?[jt]s|[jt]sx|py|rb|go|rs|java|kts?|php|cs|c|cc|cpp|h|hpp|sh|bash|ps1|lua|tftest|nix|gradle|Dockerfile';

const NAME = String.raw`[\w.@+~-]`;
const WINDOWS_NAME = String.raw`[^\\/:*?"<>|\s(),;]*[^\\/:*?"<>|\s(),;.]`;
const WINDOWS = String.raw`(?:[A-Za-z]:|\\\\wsl(?:\.localhost|\$)\\[\w.-]+)(?:[\\/]${WINDOWS_NAME})+`;
const LINUX = String.raw`(?:/${NAME}*[\w@+~-]){2,}`;
const RELATIVE = String.raw`(?:${NAME}+/)*${NAME}*\.(?:${ENDINGS})`;
const AT = String.raw`(?::(\d+)(?::(\d+))?|\((\d+),(\d+)\)|"?,? line (\d+))(?!\w)`;
const PLACE = new RegExp(String.raw`(?<![\w:./\\~@+-])(?:(${WINDOWS}|${LINUX})(?:${AT})?|(${RELATIVE})${AT})`, 'g');

/** Longer lines are nobody's message; what stands beyond is not looked at. */
const LOOKED_AT = 4000;

export function placesIn(text: string): readonly Place[] {
  return [...text.slice(0, LOOKED_AT).matchAll(PLACE)].map((match) => {
    const [whole = '', absolute, ...rest] = match as readonly (string | undefined)[];
    const [relative] = rest.splice(5, 1);
    const numbers = rest.filter((each) => each !== undefined).map(Number);
    const [line = 1, column = 1] = numbers;
    return {
      start: match.index,
      length: whole.length,
      path: absolute ?? relative ?? '',
      line: Math.max(1, line),
      column: Math.max(1, column),
    };
  });
}
