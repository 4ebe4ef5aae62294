#!/bin/sh
# usage: install.sh install|uninstall. Puts the daemon into a virtualenv of its own with the units beside it, or takes it away.
#
#   PREFIX   where the virtualenv goes: PREFIX/tiledesk-bridge        (/opt)
#   LOCAL    where the command, the units and the documents go        (/usr/local)
#   DESTDIR  a folder that stands for /, to make a package            (none)
#   PYTHON   Python 3.11 or newer                                     (python3)
#   DRY_RUN  if set, says what would be done and does nothing
#
# Nothing is enabled or started, and no configuration is ever written over: see docs/operations.md.
set -eu
cd "$(dirname "$0")/.."

prefix=${PREFIX:-/opt} local=${LOCAL:-/usr/local} destdir=${DESTDIR:-} python=${PYTHON:-python3} dry=${DRY_RUN:-}
home=$prefix/tiledesk-bridge
units=$local/lib/systemd/system
docs=$local/share/doc/tiledesk-bridge
config=/etc/tiledesk-bridge
new=$destdir$home.new

do_() {  # run a command, or say that it would be run
    if [ -n "$dry" ]; then echo "would run: $*"; else "$@"; fi
}

manages() {  # whether the systemd of this machine is concerned
    [ -z "$destdir" ] && [ -d /run/systemd/system ]
}

instances() {  # every unit of several bridges that runs or is enabled
    {
        systemctl list-units --all --plain --no-legend 'tiledesk-bridge@*' | cut -d' ' -f1
        find /etc/systemd/system -path '*.wants/tiledesk-bridge@*' -printf '%f\n' 2>/dev/null
    } | sort -u
}

put() {  # put FILE FOLDER: a unit or a document, with the places of this installation
    if [ -n "$dry" ]; then echo "would write: $2/$(basename "$1")"; return; fi
    sed -e "s#/opt/tiledesk-bridge#$home#g" -e "s#/usr/share/doc/tiledesk-bridge#$docs#g" -e 's#(\.\./config/#(#g' "$1" > "$2/$(basename "$1")"
    chmod 644 "$2/$(basename "$1")"
}

fill() {  # a virtualenv aside: versions and hashes of the lock file, and the package itself
    do_ "$python" -m venv --clear "$new"
    do_ "$new/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
    do_ "$new/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps .
}

settle() {  # a virtualenv holds absolute paths: let them be those of the place where it is going to be, and put it there
    if [ -n "$dry" ]; then echo "would move: $new to $destdir$home"; return; fi
    rm -f "$new"/lib/python3*/site-packages/tiledesk_bridge-*.dist-info/direct_url.json  # where the sources lay
    grep -rlIF "$new" "$new/bin" "$new/pyvenv.cfg" | xargs -r sed -i "s#$new#$home#g"
    find "$new" -name __pycache__ -type d -prune -exec rm -rf {} +
    "$new/bin/python" -m compileall -q -s "$new" -p "$home" "$new/lib"
    # The daemon that runs may still load modules: it sees the old ones or the new ones, and none for a moment alone.
    rm -rf "$destdir$home.old"
    [ ! -e "$destdir$home" ] || mv "$destdir$home" "$destdir$home.old"
    mv "$new" "$destdir$home"
    rm -rf "$destdir$home.old"
}

ours() {  # whether a folder may be replaced or removed: it is not there, or a virtualenv
    [ ! -e "$destdir$home" ] || [ -e "$destdir$home/pyvenv.cfg" ] || { echo "$1: $destdir$home is no virtualenv, so it is not ours to replace" >&2; exit 1; }
}

install_all() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "install: Python 3.11 or newer is needed: make install PYTHON=python3.11" >&2; exit 1; }
    "$python" -c 'import ensurepip, venv' 2>/dev/null || { echo "install: Python's venv module is missing. Run: apt-get install python3-venv" >&2; exit 1; }
    ours install
    if [ -z "$destdir" ] && [ "$local" != /usr ] && [ -e /usr/lib/systemd/system/tiledesk-bridge.service ]; then
        echo "install: the Debian package is installed already, and both would share $home. Upgrade that, or first: apt remove tiledesk-bridge" >&2
        exit 1
    fi
    umask 022
    [ -n "$dry" ] || echo "Installing into $home (a minute)"
    do_ mkdir -p "$destdir$prefix" "$destdir$local/bin" "$destdir$units" "$destdir$docs" "$destdir$config"
    fill
    settle
    do_ ln -sfn "$home/bin/tiledesk-bridge" "$destdir$local/bin/tiledesk-bridge"
    for unit in systemd/tiledesk-bridge*.service systemd/tiledesk-bridge*.socket; do put "$unit" "$destdir$units"; done
    # Not all of config/: an operator's own bridge.toml, with secrets, may lie there.
    examples="config/bridge.example.toml config/nginx.conf config/Caddyfile config/prometheus*.yml config/grafana-dashboard.json"
    for text in docs/*.md $examples CHANGELOG.md LICENSE; do put "$text" "$destdir$docs"; done
    # The unit hands this folder's files to the daemon: it must be there, and nobody else may look into it.
    [ -d "$destdir$config/secrets" ] || do_ mkdir -m 700 "$destdir$config/secrets"
    if manages; then do_ systemctl daemon-reload; fi
    [ -n "$destdir$dry" ] || echo "Installed in $home; nothing is enabled. Next: tiledesk-bridge init
After an upgrade: systemctl restart tiledesk-bridge"
}

uninstall_all() {
    ours uninstall
    if manages; then
        for unit in tiledesk-bridge.socket tiledesk-bridge.service $(instances); do
            do_ systemctl --quiet disable --now "$unit" || true
        done
    fi
    do_ rm -rf "$destdir$home" "$destdir$docs"
    for unit in systemd/tiledesk-bridge*.service systemd/tiledesk-bridge*.socket; do do_ rm -f "$destdir$units/$(basename "$unit")"; done
    do_ rm -f "$destdir$local/bin/tiledesk-bridge"
    if manages; then do_ systemctl daemon-reload; fi
    echo "Left where they are: the configuration in $config, the journals in /var/lib/tiledesk-bridge*, what init told systemd in
/etc/systemd/system/tiledesk-bridge*.d, and the subscriptions in Tiledesk, which call in vain: delete them in its settings."
}

for place in "$prefix" "$local" "${destdir:-/}"; do
    case "$place" in
        *[!A-Za-z0-9_./+~-]* | [!/]*) echo "install: '$place' must be a path from / on, without blanks" >&2; exit 2 ;;
    esac
done

case "${1:-}" in
    install) install_all ;;
    uninstall) uninstall_all ;;
    *) sed -n '2,/^set/p' "$0" | grep '^#' >&2; exit 2 ;;
esac
