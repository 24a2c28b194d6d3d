#!/bin/sh
# nginx, against which some tests run: Debian's package, where we may install it.
command -v nginx >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx >/dev/null && exit 0
fi
echo "nginx is missing; install Debian's package nginx to run the tests that need it (they are skipped now)" >&2
