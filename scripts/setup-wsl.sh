#!/bin/sh
# Makes a WSL distribution (or any Linux machine) ready to deploy from. Shows what it would do; does it with --apply.
#
#   sh setup-wsl.sh [PART…]            what would be done
#   sh setup-wsl.sh --apply [PART…]    do it
#   sh setup-wsl.sh --undo [--apply]   show (do): take back what --apply did, newest first
#
# Parts: systemd containers kubectl helm opentofu cluster node memory; k3s only when named. Doing it twice changes nothing.
# Everything done is written to /var/lib/code-engine/setup, so that it can be taken back; what was there before stays.
# Downloads come from the projects' own places over HTTPS and are checked against their published SHA-256 sums.
# Plain POSIX sh: it also arrives through standard input (code-engine wsl setup on Windows).
set -u

KUBECTL_VERSION=${KUBECTL_VERSION:-v1.34.4}
HELM_VERSION=${HELM_VERSION:-v4.1.4}
TOFU_VERSION=${TOFU_VERSION:-1.12.6}
KIND_VERSION=${KIND_VERSION:-v0.30.0}
K3S_VERSION=${K3S_VERSION:-v1.34.1+k3s1}
NODE_VERSION=${NODE_VERSION:-v22.22.0}
# Mirrors may stand in (a company's own, a test's file:// folder).
KUBECTL_BASE=${KUBECTL_BASE:-https://dl.k8s.io/release}
HELM_BASE=${HELM_BASE:-https://get.helm.sh}
TOFU_BASE=${TOFU_BASE:-https://github.com/opentofu/opentofu/releases/download}
KIND_BASE=${KIND_BASE:-https://kind.sigs.k8s.io/dl}
K3S_BASE=${K3S_BASE:-https://github.com/k3s-io/k3s/releases/download}
NODE_BASE=${NODE_BASE:-https://nodejs.org/dist}

STATE=/var/lib/code-engine/setup
BIN=/usr/local/bin
ALL='systemd containers kubectl helm opentofu cluster node memory'

apply=no undo=no parts=
for argument in "$@"; do
  case $argument in
    --apply) apply=yes ;;
    --undo) undo=yes ;;
    -h | --help)
      echo 'setup-wsl.sh [--apply] [--undo] [systemd|containers|kubectl|helm|opentofu|cluster|k3s|node|memory]…'
      exit 0
      ;;
    systemd | containers | kubectl | helm | opentofu | cluster | k3s | node | memory) parts="$parts $argument" ;;
    *)
      echo "setup-wsl.sh: $argument is neither an option nor a part (see --help)." >&2
      exit 2
      ;;
  esac
done
[ -n "$parts" ] || parts=$ALL

changes=0 failures=0
temp=$(mktemp -d "${TMPDIR:-/tmp}/code-setup.XXXXXX") || exit 1
trap 'rm -rf "$temp"' EXIT
trap 'exit 130' INT TERM

has() { command -v "$1" >/dev/null 2>&1; }
fine() { printf '[ok]     %s\n' "$*"; }
# Tells one change; in a dry run that is all.
change() {
  changes=$((changes + 1))
  if [ "$apply" = yes ]; then printf '[do]     %s\n' "$*"; else printf '[would]  %s\n' "$*"; fi
}
advice() { printf '[advice] %s\n' "$*"; }
# A part that fails does not keep the others from being done.
failed() {
  failures=$((failures + 1))
  printf '[failed] %s\n' "$*" >&2
  return 1
}
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif has sudo; then sudo "$@"; else
    failed "root is needed for: $* (run it as root, or install sudo)"
  fi
}
record() { printf '%s\n' "$1" | as_root tee -a "$STATE/done" >/dev/null; }
sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

case $(uname -m) in
  x86_64 | amd64) arch=amd64 node_arch=x64 ;;
  aarch64 | arm64) arch=arm64 node_arch=arm64 ;;
  *) arch=unknown node_arch=unknown ;;
esac

# --- packages -------------------------------------------------------------------------------------------------------------------
manager=none
for candidate in apt-get dnf zypper pacman apk; do
  if has "$candidate"; then manager=$candidate && break; fi
done
install_package() {
  case $manager in
    apt-get) as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' sh "$@" ;;
    dnf) as_root dnf install -y "$@" ;;
    zypper) as_root zypper --non-interactive install "$@" ;;
    pacman) as_root pacman -S --noconfirm --needed "$@" ;;
    apk) as_root apk add "$@" ;;
    *) failed "no package manager that is known here (apt, dnf, zypper, pacman, apk) for: $*" ;;
  esac
}
remove_package() {
  case $manager in
    apt-get) as_root env DEBIAN_FRONTEND=noninteractive apt-get remove -q -y "$@" ;;
    dnf) as_root dnf remove -y "$@" ;;
    zypper) as_root zypper --non-interactive remove "$@" ;;
    pacman) as_root pacman -R --noconfirm "$@" ;;
    apk) as_root apk del "$@" ;;
    *) failed "no package manager that is known here for: $*" ;;
  esac
}
# Packages that were there before are not ours to take back.
is_installed() {
  case $manager in
    apt-get) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed' ;;
    dnf | zypper) rpm -q "$1" >/dev/null 2>&1 ;;
    pacman) pacman -Q "$1" >/dev/null 2>&1 ;;
    apk) apk info -e "$1" >/dev/null 2>&1 ;;
    *) return 1 ;;
  esac
}
packages() {
  missing=
  for package in "$@"; do is_installed "$package" || missing="$missing $package"; done
  # Their standard input is not ours: this text itself may come through it.
  # shellcheck disable=SC2086 # a list of names
  install_package $missing >"$temp/log" 2>&1 </dev/null || {
    tail -n 5 "$temp/log" >&2
    failed "could not install$missing"
    return 1
  }
  for package in $missing; do record "package $package"; done
}

# --- downloads ------------------------------------------------------------------------------------------------------------------
fetch() { # URL FILE
  if has curl; then curl -fsSL --retry 3 -o "$2" "$1"; elif has wget; then wget -q -O "$2" "$1"; else
    packages curl ca-certificates && curl -fsSL --retry 3 -o "$2" "$1"
  fi
}
# Downloads FILE and the published sums, and compares: the line that names the file, or the only line.
fetch_checked() { # URL SUMS-URL NAME
  fetch "$1" "$temp/$3" || { failed "could not download $1"; return 1; }
  fetch "$2" "$temp/sums" || { failed "could not download $2"; return 1; }
  wanted=$(awk -v name="$3" '$2 == name || $2 == "*" name { print $1; found = 1; exit } NR == 1 { first = $1 } END { if (!found && NR == 1) print first }' "$temp/sums")
  [ -n "$wanted" ] && [ "$(sum_of "$temp/$3")" = "$wanted" ] && return 0
  failed "$1 does not have the published SHA-256 sum; nothing was installed"
}
place() { # FILE NAME
  as_root install -m 755 "$1" "$BIN/$2" && record "file $BIN/$2 $(sum_of "$1")"
}

# --- parts ----------------------------------------------------------------------------------------------------------------------
# Sets one key of an INI file in place, keeping everything else as it is.
ini_set() { # FILE SECTION KEY VALUE
  awk -v section="$2" -v key="$3" -v value="$4" '
    function put() { print key "=" value; done = 1 }
    /^[ \t]*\[/ { if (inside && !done) put(); inside = tolower($0) ~ "^[ \t]*\\[" section "\\]" }
    inside && !done && tolower($0) ~ "^[ \t]*" tolower(key) "[ \t]*=" { put(); next }
    { print }
    END { if (!done) { if (!inside) { if (NR > 0) print ""; print "[" section "]" } put() } }' "$1"
}
ini_get() { # FILE SECTION KEY
  awk -v section="$2" -v key="$3" '
    /^[ \t]*\[/ { inside = tolower($0) ~ "^[ \t]*\\[" section "\\]" }
    inside && tolower($0) ~ "^[ \t]*" tolower(key) "[ \t]*=" { sub(/^[^=]*=[ \t]*/, ""); sub(/[ \t\r]*$/, ""); print tolower($0); exit }' "$1"
}
in_wsl() { [ -n "${WSL_DISTRO_NAME:-}" ] || grep -qi microsoft /proc/sys/kernel/osrelease 2>/dev/null || [ -e /usr/bin/wslinfo ]; }

part_systemd() {
  if [ -d /run/systemd/system ]; then fine 'systemd: it is on'; return 0; fi
  in_wsl || { fine 'systemd: this is not WSL, whatever runs the services here stays'; return 0; }
  if [ ! -x /lib/systemd/systemd ] && [ ! -x /usr/lib/systemd/systemd ]; then
    change 'systemd: install the package systemd'
    [ "$apply" = no ] || packages systemd || return 1
  fi
  conf=/etc/wsl.conf
  : >"$temp/before"
  [ ! -e "$conf" ] || cat "$conf" >"$temp/before"
  if [ "$(ini_get "$temp/before" boot systemd)" = true ]; then
    advice 'systemd: wsl.conf has it on; run "wsl --shutdown" on Windows and open the distribution again'
    return 0
  fi
  ini_set "$temp/before" boot systemd true >"$temp/after"
  change "systemd: change $conf, then on Windows: wsl --shutdown"
  diff -u -L "$conf" -L "$conf" "$temp/before" "$temp/after" | sed 's/^/         /'
  [ "$apply" = yes ] || return 0
  if [ -e "$conf" ]; then as_root cp -p "$conf" "$STATE/wsl.conf.before"; else as_root rm -f "$STATE/wsl.conf.before"; fi
  as_root install -m 644 "$temp/after" "$conf" && record "conf $conf $(sum_of "$temp/after")"
}

part_containers() {
  for engine in docker podman; do
    if has "$engine"; then fine "containers: $engine is there"; return 0; fi
  done
  change "containers: install podman ($manager)"
  [ "$apply" = yes ] || return 0
  if [ "$manager" = apt-get ]; then packages podman uidmap slirp4netns; else packages podman; fi
}

part_kubectl() {
  if has kubectl; then fine 'kubectl: it is there'; return 0; fi
  url=$KUBECTL_BASE/$KUBECTL_VERSION/bin/linux/$arch/kubectl
  change "kubectl: download $url to $BIN/kubectl"
  [ "$apply" = yes ] || return 0
  fetch_checked "$url" "$url.sha256" kubectl && place "$temp/kubectl" kubectl
}

part_helm() {
  if has helm; then fine 'helm: it is there'; return 0; fi
  name=helm-$HELM_VERSION-linux-$arch.tar.gz
  change "helm: download $HELM_BASE/$name to $BIN/helm"
  [ "$apply" = yes ] || return 0
  fetch_checked "$HELM_BASE/$name" "$HELM_BASE/$name.sha256sum" "$name" &&
    tar -xzf "$temp/$name" -C "$temp" "linux-$arch/helm" && place "$temp/linux-$arch/helm" helm
}

part_opentofu() {
  if has tofu; then fine 'opentofu: it is there'; return 0; fi
  name=tofu_${TOFU_VERSION}_linux_$arch.tar.gz
  change "opentofu: download $TOFU_BASE/v$TOFU_VERSION/$name to $BIN/tofu"
  [ "$apply" = yes ] || return 0
  fetch_checked "$TOFU_BASE/v$TOFU_VERSION/$name" "$TOFU_BASE/v$TOFU_VERSION/tofu_${TOFU_VERSION}_SHA256SUMS" "$name" &&
    tar -xzf "$temp/$name" -C "$temp" tofu && place "$temp/tofu" tofu
}

part_cluster() {
  for tool in kind k3s minikube; do
    if has "$tool"; then fine "cluster: $tool is there"; return 0; fi
  done
  url=$KIND_BASE/$KIND_VERSION/kind-linux-$arch
  change "cluster: download $url to $BIN/kind (Kubernetes in containers; for one without, name the part k3s)"
  [ "$apply" = yes ] || return 0
  fetch_checked "$url" "$url.sha256sum" "kind-linux-$arch" && place "$temp/kind-linux-$arch" kind
}

part_k3s() {
  if has k3s; then fine 'k3s: it is there'; return 0; fi
  if [ ! -d /run/systemd/system ]; then
    failed 'k3s: it runs as a service of systemd, which is off; do the part systemd first'
    return 1
  fi
  name=k3s
  [ "$arch" = amd64 ] || name=k3s-$arch
  base=$K3S_BASE/$(printf %s "$K3S_VERSION" | sed 's/+/%2B/')
  change "k3s: download $base/$name to $BIN/k3s and start it as a service"
  [ "$apply" = yes ] || return 0
  fetch_checked "$base/$name" "$base/sha256sum-$arch.txt" "$name" && place "$temp/$name" k3s || return 1
  cat >"$temp/unit" <<UNIT
[Unit]
Description=Lightweight Kubernetes
After=network-online.target
[Service]
Type=notify
ExecStart=$BIN/k3s server --write-kubeconfig-mode 0640
KillMode=process
Delegate=yes
Restart=always
RestartSec=5s
[Install]
WantedBy=multi-user.target
UNIT
  as_root install -m 644 "$temp/unit" /etc/systemd/system/k3s.service && record "service k3s /etc/systemd/system/k3s.service $(sum_of "$temp/unit")" &&
    as_root systemctl daemon-reload && as_root systemctl enable --now k3s
}

part_node() {
  for node in node /opt/code-engine/node/bin/node; do
    if has "$node" && "$node" -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null; then
      fine "node: $node is there, 20 or later"
      return 0
    fi
  done
  if [ "$manager" = apk ]; then
    change 'node: install the package nodejs (apk)'
    [ "$apply" = no ] || packages nodejs
    return
  fi
  name=node-$NODE_VERSION-linux-$node_arch.tar.gz
  change "node: download $NODE_BASE/$NODE_VERSION/$name to /opt/code-engine/node"
  [ "$apply" = yes ] || return 0
  fetch_checked "$NODE_BASE/$NODE_VERSION/$name" "$NODE_BASE/$NODE_VERSION/SHASUMS256.txt" "$name" || return 1
  mkdir "$temp/node"
  tar -xzf "$temp/$name" -C "$temp/node" --strip-components=1 || { failed 'node: could not unpack it'; return 1; }
  as_root mkdir -p /opt/code-engine && as_root rm -rf /opt/code-engine/node && as_root cp -R "$temp/node" /opt/code-engine/node &&
    record 'tree /opt/code-engine/node' || return 1
  has node || { as_root ln -s /opt/code-engine/node/bin/node "$BIN/node" && record "link $BIN/node /opt/code-engine/node/bin/node"; }
}

# Settings of Windows' side are shown only: scripts/setup-windows.ps1 can write them, with a copy of what was there.
part_memory() {
  in_wsl || { fine 'memory: this is not WSL'; return 0; }
  total=$(awk '/^MemTotal/ { print int($2 / 1048576) }' /proc/meminfo)
  if [ "${total:-0}" -ge 7 ]; then fine "memory: $total GiB"; return 0; fi
  advice "memory: WSL has ${total:-?} GiB; a cluster and builds want 8. In %USERPROFILE%\\.wslconfig on Windows, then wsl --shutdown:"
  printf '         +[wsl2]\n         +memory=8GB\n'
}

# --- taking back ----------------------------------------------------------------------------------------------------------------
# A file that somebody changed since is left alone.
undo_file() { # FILE SUM
  [ -e "$1" ] || return 0
  if [ "$(sum_of "$1")" != "$2" ]; then failed "$1 was changed since; it stays"; return 1; fi
  as_root rm -f "$1"
}
undo_one() { # the words of a line
  change "undo: $*"
  [ "$apply" = yes ] || return 0
  case $1 in
    package) remove_package "$2" >"$temp/log" 2>&1 </dev/null || failed "could not remove $2" ;;
    file) undo_file "$2" "$3" ;;
    tree) as_root rm -rf "$2" ;;
    link) [ "$(readlink "$2")" != "$3" ] || as_root rm -f "$2" ;;
    service) as_root systemctl disable --now "$2" && undo_file "$3" "$4" && as_root systemctl daemon-reload ;;
    conf)
      if [ -e "$2" ] && [ "$(sum_of "$2")" != "$3" ]; then failed "$2 was changed since; it stays"; return 1; fi
      if [ -e "$STATE/wsl.conf.before" ]; then as_root mv "$STATE/wsl.conf.before" "$2"; else as_root rm -f "$2"; fi
      ;;
  esac
}
undo_all() {
  if [ ! -s "$STATE/done" ]; then fine 'nothing was set up by this script'; return 0; fi
  sed -n '1!G;h;$p' "$STATE/done" >"$temp/back"
  : >"$temp/kept"
  # shellcheck disable=SC2086 # the words of a line
  while IFS= read -r line; do undo_one $line || printf '%s\n' "$line" >>"$temp/kept"; done <"$temp/back"
  [ "$apply" = yes ] || return 0
  sed -n '1!G;h;$p' "$temp/kept" | as_root tee "$STATE/done" >/dev/null
}

[ "$apply" = no ] || as_root mkdir -p "$STATE" || exit 1
if [ "$undo" = yes ]; then undo_all; else
  if [ "$arch" = unknown ]; then failed "no builds for $(uname -m); only packages can be installed"; fi
  for part in $parts; do "part_$part" || [ "$failures" -gt 0 ] || failed "$part"; done
fi

if [ "$failures" -gt 0 ]; then
  echo "$failures of the changes failed; what was done is recorded in $STATE and --undo takes it back." >&2
  exit 1
fi
if [ "$changes" -eq 0 ]; then echo 'Nothing to do.'; elif [ "$apply" = yes ]; then echo "$changes changes made."; else echo "$changes changes to make; add --apply to make them."; fi
