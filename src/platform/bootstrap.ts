/**
 * What runs first inside a distribution: it finds a Node, asks for the engine's archive where this version is not there yet (checks
 * its hash, unpacks it beside, renames it into place, so that no half a copy can ever be started), then becomes the engine. All of
 * that in the one `wsl.exe` call that the window makes, over its standard streams:
 *
 *     inside → window   code-engine-bootstrap<TAB>need                      the archive, please
 *     window → inside   the archive's bytes, as many as were announced
 *     inside → window   code-engine-bootstrap<TAB>mount<TAB>LINE            each line of /proc/self/mountinfo, where they are wanted
 *     inside → window   code-engine-bootstrap<TAB>tag<TAB>NAME<TAB>TARGET   where each virtiofs tag leads
 *     inside → window   code-engine-bootstrap<TAB>ready<TAB>PID<TAB>NODE<TAB>FOLDER<TAB>HOME
 *     inside → window   code-engine-bootstrap<TAB>failed<TAB>no-node|no-space|checksum|unpack|denied<TAB>DETAIL
 *
 * Where the version is there it starts no program but Node: everybody waits for this. A Node that was found good is remembered, and
 * taken again for as long as its file is not newer than the note. Clearing up goes on beside the engine.
 *
 * POSIX sh with coreutils or busybox, tar and gzip; checked with ShellCheck in the tests.
 */

export const BOOTSTRAP_WORD = 'code-engine-bootstrap';

/** `sh -c SCRIPT sh KEY SHA256 SIZE ENTRY mounts|no-mounts ARGUMENT…` */
export const BOOTSTRAP_SCRIPT = String.raw`set -u
key=$1 sum=$2 size=$3 entry=$4 mounts=$5
shift 5
home=${'$'}{HOME:-/root}
case ${'$'}{CODE_ENGINE_HOME:-} in /*) cache=$CODE_ENGINE_HOME/cache/engine ;; *)
  case ${'$'}{XDG_CACHE_HOME:-} in /*) cache=$XDG_CACHE_HOME/code-engine/engine ;; *) cache=$home/.cache/code-engine/engine ;; esac ;;
esac
folder=$cache/$key
note=$cache/.node
temp=
say() { printf 'code-engine-bootstrap'; printf '\t%s' "$@"; printf '\n'; }
tidy() { [ -z "$temp" ] || rm -rf "$temp"; }
fail() { tidy; say failed "$@"; exit 69; }
trouble() {
  case $1 in
    *[Nn]o\ space* | *[Qq]uota*) fail no-space "$cache" ;;
    *[Pp]ermission* | *[Rr]ead-only*) fail denied "$cache" ;;
    *) fail unpack "$(printf %s "$1" | tr '\n\t' '  ')" ;;
  esac
}
usable() {
  [ -x "$1" ] && "$1" -e 'process.exit(process.platform === "linux" && parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null
}
known_node() {
  [ -z "${'$'}{CODE_ENGINE_NODE:-}" ] && [ -f "$note" ] && IFS= read -r node <"$note" || return 1
  # -nt follows links; a file that is replaced is newer than the note, or is not there.
  # shellcheck disable=SC3013
  [ -x "$node" ] && [ ! "$node" -nt "$note" ]
}
find_node() {
  known_node && return 0
  for node in "${'$'}{CODE_ENGINE_NODE:-}" \
    "$home"/.vscode-server/cli/servers/*/server/node "$home"/.vscode-server/bin/*/node \
    "$home"/.vscode-server-insiders/cli/servers/*/server/node "$home"/.vscode-server-insiders/bin/*/node \
    "$home"/.vscodium-server/bin/*/node "$home"/.cursor-server/cli/servers/*/server/node \
    "$(command -v node 2>/dev/null)" /opt/code-engine/node/bin/node /usr/local/bin/node /usr/bin/node \
    "$home"/.nvm/versions/node/*/bin/node "$home"/.local/share/fnm/node-versions/*/installation/bin/node \
    "$home/.volta/bin/node" "$home"/.local/share/mise/installs/node/*/bin/node; do
    if [ -z "$node" ] || ! usable "$node"; then continue; fi
    [ -n "${'$'}{CODE_ENGINE_NODE:-}" ] || { umask 077; mkdir -p "$cache" && printf '%s\n' "$node" >"$note"; } 2>/dev/null
    return 0
  done
  return 1
}
receive() {
  umask 077
  LC_ALL=C
  export LC_ALL
  error=$(mkdir -p "$cache" 2>&1) || trouble "$error"
  temp=$(mktemp -d "$cache/.new.XXXXXX" 2>&1) || { error=$temp; temp=; trouble "$error"; }
  say need
  error=$({ head -c "$size" >"$temp/archive"; } 2>&1) || trouble "$error"
  found=$(sha256sum <"$temp/archive")
  [ "${'$'}{found%% *}" = "$sum" ] || fail checksum "${'$'}{found%% *}"
  mkdir "$temp/engine"
  error=$(tar -xzf "$temp/archive" -C "$temp/engine" 2>&1) || trouble "$error"
  # Another window may have been faster: then its copy, which is the same, stays.
  [ -e "$folder" ] || mv "$temp/engine" "$folder" 2>/dev/null
  tidy
  temp=
  [ -f "$folder/$entry" ] || fail unpack "$folder"
}
find_node || fail no-node ""
[ -f "$folder/$entry" ] || receive
# Versions that nobody has started for a month go.
{ touch "$folder"; find "$cache" -mindepth 1 -maxdepth 1 -type d -mtime +30 -exec rm -rf {} +; } </dev/null >/dev/null 2>&1 &
if [ "$mounts" = mounts ]; then
  while IFS= read -r line; do say mount "$line"; done </proc/self/mountinfo
  for tag in /run/wsl/virtiofs/*; do [ -L "$tag" ] && say tag "${'$'}{tag##*/}" "$(readlink "$tag")"; done
fi
say ready "$$" "$node" "$folder" "$home"
exec "$node" "$folder/$entry" "$@"
`;

export type BootstrapLine =
  | { readonly kind: 'need' }
  | { readonly kind: 'mount'; readonly line: string }
  | { readonly kind: 'tag'; readonly name: string; readonly target: string }
  | {
      readonly kind: 'ready';
      readonly pid: number;
      readonly node: string;
      readonly folder: string;
      readonly home: string;
    }
  | { readonly kind: 'failed'; readonly why: string; readonly detail: string };

/** @returns `undefined` for a line that is not the bootstrap's */
export function parseBootstrapLine(line: string): BootstrapLine | undefined {
  const [word, what, first = '', second = '', third = '', fourth = ''] = line.split('\t');
  if (word !== BOOTSTRAP_WORD) return undefined;
  switch (what) {
    case 'need':
      return { kind: 'need' };
    case 'ready':
      return { kind: 'ready', pid: Number(first), node: second, folder: third, home: fourth };
    case 'mount':
      return { kind: 'mount', line: first };
    case 'tag':
      return { kind: 'tag', name: first, target: second };
    case 'failed':
      return { kind: 'failed', why: first, detail: second };
    default:
      return undefined;
  }
}
