#!/bin/sh
# Programs that some tests need, by their Debian packages: installed where we may, named where we may not.
# nginx: a real server to download from. strace: fails or ends a system call of a program that is not changed for it.
missing=""
for program in nginx strace; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2086  # one word for each package
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "missing:$missing; install Debian's packages of these names to run the tests that need them (they are skipped now)" >&2
