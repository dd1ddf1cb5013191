#!/bin/sh
# Writes what CODE and Claude Code read about a workspace: .claude/, CLAUDE.md, .mcp.json and .code/.
# A thin wrapper around `code-engine init`: it finds the command line and hands everything on.
#
#   sh claude-code-init.sh [FOLDER] [--yes] [--dry-run] [--settings] [--json]
#
# Without a folder the current one. Without --yes every file is shown and asked about.
set -u

case ${1-} in
  -h | --help)
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

folder=.
case ${1-} in
  '' | -*) ;;
  *)
    folder=$1
    shift
    ;;
esac
if [ ! -d "$folder" ]; then
  echo "claude-code-init.sh: $folder is not a folder." >&2
  exit 2
fi

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
cd -- "$folder" || exit 2

# CODE_ENGINE names one by hand; then what is on the PATH; then the build beside this script.
if [ -n "${CODE_ENGINE-}" ]; then
  exec "$CODE_ENGINE" init "$@"
fi
if command -v code-engine >/dev/null 2>&1; then
  exec code-engine init "$@"
fi
if [ -f "$here/../dist/cli.js" ]; then
  if ! command -v node >/dev/null 2>&1; then
    echo 'claude-code-init.sh: Node.js 20 or later is needed, and there is no node on the PATH.' >&2
    exit 3
  fi
  exec node "$here/../dist/cli.js" init "$@"
fi
echo 'claude-code-init.sh: code-engine is not on the PATH, and there is no build beside this script.' >&2
echo '  Install CODE, or build it here: npm ci && npm run build. CODE_ENGINE=/path/to/it names one by hand.' >&2
exit 3
