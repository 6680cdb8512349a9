#!/bin/sh
# /etc/letsencrypt/renewal-hooks/deploy/coturn: certbot runs it after each renewal, with RENEWED_LINEAGE set.
# certbot's key is for root alone, and coturn is not root: without a copy of its own it goes on without TLS.
set -eu
[ "$(basename "$RENEWED_LINEAGE")" = turn.example ] || exit 0
install -d -o root -g turnserver -m 0750 /etc/coturn
install -o root -g turnserver -m 0640 "$RENEWED_LINEAGE/fullchain.pem" "$RENEWED_LINEAGE/privkey.pem" /etc/coturn/
# coturn reads its certificate again; calls that go through it stay.
systemctl kill --signal=SIGUSR2 coturn
