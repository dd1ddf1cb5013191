#!/bin/sh
# Programs that outlive the task that starts them: background.sh start NAME COMMAND… | stop NAME…
# They write to out/NAME.log; their process ids lie in out/NAME.pid.
set -eu
cd "$(dirname "$0")/.."
mkdir -p out
action=$1
shift
if [ "$action" = start ]; then
  name=$1
  shift
  setsid "$@" >"out/$name.log" 2>&1 </dev/null &
  echo $! >"out/$name.pid"
  echo "$name runs as process $!"
  exit
fi
for name in "$@"; do
  [ -f "out/$name.pid" ] || continue
  kill "$(cat "out/$name.pid")" 2>/dev/null && echo "$name was stopped" || echo "$name had ended by itself"
  rm -f "out/$name.pid"
done
