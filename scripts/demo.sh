#!/bin/sh
# One example told in full, then all of them in brief with a summary, and the commands that did it, so that a reader can repeat any of them.
# Called by `make demo`; arguments are passed on to the command, for example `make demo ARGS="--lang en"`.
set -eu

cd "$(dirname "$0")/.."
tongguan=.venv/bin/tongguan
first=examples/wine-from-chile.yaml

# Shipments are the files that name a day of declaration; other examples may lie beside them.
shipments=$(grep -lE '(^|[{, ])declared:' examples/*.yaml) || {
    echo "There is no shipment to show in examples/." >&2
    exit 1
}

# Status 1 says that some answer is a range or has a finding. That is an answer too.
run() {
    printf '\n$ %s\n\n' "$*"
    "$@" || [ "$?" -eq 1 ]
}

echo "通关 Tongguan: what it costs, and what it takes, to bring goods into China"
run "$tongguan" assess "$@" "$first"
# shellcheck disable=SC2086  # one argument for each file
run "$tongguan" assess --brief "$@" $shipments

cat <<EOF

每一份都可以看全文 Each of them in full, with articles, reasons and next steps:
  $tongguan assess examples/whisky.yaml
  $tongguan assess --lang en --as-of 2026-03-02 $first
  $tongguan law show import_vat
EOF
