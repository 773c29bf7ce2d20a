#!/bin/sh
# Compiles requirements/*.in to exact versions with hashes, and no download address. Called by `make lock`.
# Each set keeps the versions of the set before it (its "-c" line), so their order matters.
set -eu

cd "$(dirname "$0")/../requirements"

for set_name in core bulk window test dev bench lock; do
    echo "Compiling requirements/$set_name.txt"
    allow=
    # pip-tools stands on pip and setuptools, which are left out of a lock unless asked for.
    [ "$set_name" = lock ] && allow=--allow-unsafe
    CUSTOM_COMPILE_COMMAND="make lock" ../.venv-lock/bin/pip-compile \
        --quiet --generate-hashes --strip-extras --no-emit-options \
        --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
        $allow "$@" --output-file "$set_name.txt" "$set_name.in"
done
