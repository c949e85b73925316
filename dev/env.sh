# Sourced by the Makefile's recipes and by .ci/run: where caches live, outside of the clone.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${UPDRAFT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/updraft}
requirements_hash=$(cat "$repository"/python/requirements/*.txt | sha256sum | cut -c1-12)

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
export UPDRAFT_VENV=$cache/python-$requirements_hash
export UPDRAFT_BUNDLED_VENV=$cache/bundled-$requirements_hash
