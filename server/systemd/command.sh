#!/bin/sh
# /usr/local/sbin/sarangbang: runs a command of sarangbang as the user of the service, with the settings and the secrets
# that its unit names. Without this a command would open another store, or leave files of root in it.
set -eu
unit=/etc/systemd/system/sarangbang.service
set -a
eval "$(sed -n 's/^Environment=//p' "$unit" | sed 's,%d/,/etc/sarangbang/,')"
if [ -e /etc/sarangbang/settings ]; then . /etc/sarangbang/settings; fi
exec runuser -u sarangbang -- /opt/sarangbang/node_modules/.bin/sarangbang "$@"
