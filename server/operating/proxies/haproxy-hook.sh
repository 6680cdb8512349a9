#!/bin/sh
# /etc/letsencrypt/renewal-hooks/deploy/haproxy: certbot runs it after each renewal, with RENEWED_LINEAGE set.
set -eu
[ "$(basename "$RENEWED_LINEAGE")" = calls.example ] || exit 0
umask 077
cat "$RENEWED_LINEAGE/fullchain.pem" "$RENEWED_LINEAGE/privkey.pem" > /etc/haproxy/calls.example.pem
