#!/bin/sh
# What rheo is compared with, the server, and what the link needs: Debian's packages, where we may install them.
missing=
for pair in aria2c:aria2 curl:curl wget2:wget2 axel:axel nginx:nginx openssl:openssl ip:iproute2 nsenter:util-linux; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2086  # several packages
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "missing:$missing; install Debian's packages of these names (peers that are missing are left out)" >&2
