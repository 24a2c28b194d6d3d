#!/bin/sh
# Programs that some tests need, by their Debian packages: installed where we may, named where we may not.
# nginx: a real server to download from. strace: fails or ends a system call of a program that is not changed for it.
# squid, tinyproxy: HTTP proxies. microsocks, danted: SOCKS proxies. Tests start their own; none runs as a service.
PATH="$PATH:/usr/sbin:/sbin"
policy=/usr/sbin/policy-rc.d

missing() { # the packages of the programs that are not there
    for pair in nginx:nginx strace:strace squid:squid tinyproxy:tinyproxy-bin microsocks:microsocks danted:dante-server; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || printf ' %s' "${pair#*:}"
    done
}

start_no_service() { # Debian starts what it installs, unless this file says no; one that is there already is left alone
    [ -e "$policy" ] && return
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
}

packages=$(missing)
[ -z "$packages" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    start_no_service
    # shellcheck disable=SC2086  # one word for each package
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    packages=$(missing)
    [ -z "$packages" ] && exit 0
fi
echo "missing:$packages; install Debian's packages of these names to run the tests that need them (they are skipped now)" >&2
