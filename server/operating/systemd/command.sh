#!/bin/sh
# /usr/local/sbin/sarangbang: runs a command of sarangbang as the user of the service, with the settings and the secrets
# that its unit names, and then the drop-ins of `systemctl edit`. Without this a command would open another store, or
# leave files of root in it. An empty `Environment=`, which takes back all others, is not understood.
set -eu
unit=/etc/systemd/system/sarangbang.service
for file in "$unit" "$unit".d/*.conf; do
  if [ ! -e "$file" ]; then continue; fi
  eval "$(sed -n 's/^Environment=\(.\)/export \1/p' "$file" | sed 's,%d/,/etc/sarangbang/,')"
done
set -a
if [ -e /etc/sarangbang/settings ]; then . /etc/sarangbang/settings; fi
exec runuser -u sarangbang -- /opt/sarangbang/node_modules/.bin/sarangbang "$@"
