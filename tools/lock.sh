#!/usr/bin/env bash
# Resolves the newest allowed versions and writes the lock files: versions and hashes, no addresses.
set -euo pipefail
cd "$(dirname "$0")/.."

# Hashes have to be those of the public artefacts, whatever this machine's pip is told to prefer.
export PIP_CONFIG_FILE=/dev/null
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL PIP_INDEX_URL

compile() {
    .venv/bin/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
        --no-config --no-emit-options --no-header --annotation-style=line "$@"
}

compile --output-file requirements/runtime.lock pyproject.toml
compile --output-file requirements/build.lock requirements/build.in --constraint requirements/runtime.lock
compile --output-file requirements/dev.lock requirements/dev.in \
    --constraint requirements/runtime.lock --constraint requirements/build.lock

# The only comments left are those that say which package asked for which.
sed --in-place '/^# /d' requirements/*.lock

addresses='https?:|file:|--(find-links|index-url|extra-index-url)'
if grep --line-number --extended-regexp "$addresses" requirements/*.lock; then
    echo "A lock file holds an address: remove it before committing." >&2
    exit 1
fi
