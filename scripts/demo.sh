#!/bin/sh
# Assesses every example shipment and shows the command that did it, so that a reader can repeat any of them.
# Called by `make demo`; arguments are passed on to the command.
set -eu

cd "$(dirname "$0")/.."
tongguan=.venv/bin/tongguan

shown=0
for shipment in examples/*.yaml; do
    [ -e "$shipment" ] || continue
    [ "$shown" -eq 0 ] || printf '\n'
    printf '$ %s\n\n' "$tongguan assess${*:+ $*} $shipment"
    "$tongguan" assess "$@" "$shipment"
    shown=$((shown + 1))
done

if [ "$shown" -eq 0 ]; then
    echo "There is no example to show: examples/ holds no .yaml file." >&2
    exit 1
fi
