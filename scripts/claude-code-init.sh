#!/bin/sh
# Prepares a folder for working on it with Claude Code: says what is missing around it, then lets `code-engine init` write the context
# files (.claude/, a marked block in CLAUDE.md, skills, .mcp.json). Shows the differences; writes with --apply.
#
#   sh scripts/claude-code-init.sh [FOLDER]            what is there, and what would be written
#   sh scripts/claude-code-init.sh --apply [FOLDER]    write it
#
# Nothing outside the folder is touched; `git diff` shows and `git checkout` takes back what was written.
set -u

apply=no folder=.
for argument in "$@"; do
  case $argument in
    --apply) apply=yes ;;
    -h | --help)
      echo 'claude-code-init.sh [--apply] [FOLDER]'
      exit 0
      ;;
    -*)
      echo "claude-code-init.sh: there is no option $argument (see --help)." >&2
      exit 2
      ;;
    *) folder=$argument ;;
  esac
done
here=$(cd -- "$(dirname -- "$0")/.." && pwd)
cd -- "$folder" 2>/dev/null || {
  echo "claude-code-init.sh: there is no folder $folder." >&2
  exit 2
}

has() { command -v "$1" >/dev/null 2>&1; }
fine() { printf '[ok]     %s\n' "$*"; }
advice() { printf '[advice] %s\n' "$*"; }

# Our own program: installed, or built beside this script.
if has code-engine; then engine() { code-engine "$@"; }
elif [ -f "$here/dist/cli.js" ] && has node; then engine() { node "$here/dist/cli.js" "$@"; }
else
  echo 'claude-code-init.sh: code-engine was not found. Install it, or run "npm ci && npm run build" first.' >&2
  exit 3
fi

if has claude; then fine "Claude Code: $(claude --version 2>/dev/null | head -n 1)"; else
  advice 'Claude Code is not on the PATH: npm install --global @anthropic-ai/claude-code'
fi
if has git && git rev-parse --is-inside-work-tree >/dev/null 2>&1; then fine 'git: every change can be seen and taken back'; else
  advice 'git: this folder is in no repository, so changes cannot be taken back by git'
fi
# Claude Code and the editor have to be on one side to find each other, and files are slow across the border.
if grep -qi microsoft /proc/sys/kernel/osrelease 2>/dev/null; then
  case $(stat -f -c %T . 2>/dev/null) in
    v9fs | 9p | fuseblk | UNKNOWN*) advice "WSL: $(pwd) is on a Windows drive; keep it in the Linux home, where files are many times faster" ;;
    *) fine 'WSL: the folder is on the Linux side' ;;
  esac
fi

if [ "$apply" = yes ]; then engine init --yes; else engine init --dry-run; fi
