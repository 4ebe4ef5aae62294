#!/bin/sh
# usage: build.sh FOLDER. Makes FOLDER/tiledesk-bridge_VERSION_ARCHITECTURE.deb for the Debian it runs on, with dpkg-deb alone.
set -eu
cd "$(dirname "$0")/../.."

out=${1:?a folder for the package} python=${PYTHON:-/usr/bin/python3}
command -v dpkg-deb >/dev/null 2>&1 || { echo "deb: dpkg-deb is missing; a Debian has it" >&2; exit 1; }
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"
umask 022

DESTDIR=$stage PREFIX=/opt LOCAL=/usr PYTHON=$python systemd/install.sh install
mkdir -p "$stage/DEBIAN"
install -m 755 systemd/deb/preinst systemd/deb/postinst systemd/deb/prerm systemd/deb/postrm "$stage/DEBIAN/"
mv "$stage/usr/share/doc/tiledesk-bridge/LICENSE" "$stage/usr/share/doc/tiledesk-bridge/copyright"
size=$(du -sk --exclude=DEBIAN "$stage" | cut -f1)
"$stage/opt/tiledesk-bridge/bin/python" systemd/deb/control.py "$size" "$(dpkg --print-architecture)" > "$stage/DEBIAN/control"
(cd "$stage" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
mkdir -p "$out"
dpkg-deb --root-owner-group --build "$stage" "$out"
