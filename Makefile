SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: help run test lint bench parity

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: ## Set up, build, and run `updraft standalone` on examples/dags
	@dev/set-up
	source dev/env.sh
	cargo build --release --locked --package updraft-cli
	export AIRFLOW_HOME=$${AIRFLOW_HOME:-$$cache/example-home}
	export AIRFLOW__CORE__DAGS_FOLDER=$${AIRFLOW__CORE__DAGS_FOLDER:-$$PWD/examples/dags}
	export AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=$${AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION:-False}
	export VIRTUAL_ENV=$$UPDRAFT_BUNDLED_VENV
	exec "$$CARGO_TARGET_DIR/release/updraft" standalone

test: ## Set up and run every test
	@dev/set-up test
	dev/test

lint: ## Formatting and lints, warnings are errors
	@dev/set-up test
	source dev/env.sh
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	"$$UPDRAFT_VENV/bin/ruff" check python tests bench examples crates
	"$$UPDRAFT_VENV/bin/ruff" format --check python tests bench examples crates

parity: ## Run example DAGs on Updraft and compare with stock; DAG=id runs that one on both, now
	@dev/set-up test
	source dev/env.sh
	cargo build --release --locked --package updraft-cli
	dev/parity "$$CARGO_TARGET_DIR/release/updraft" $(if $(DAG),--live $(DAG),)

bench: ## Time stock and Updraft side by side, on both databases; BENCH="--only bash_100 --write docs/benchmarks.md"
	@dev/set-up test
	source dev/env.sh
	cargo build --release --locked --package updraft-cli
	cargo build --release --locked --package updraft-scheduler --example one_pass
	"$$UPDRAFT_VENV/bin/python" -m bench --updraft "$$CARGO_TARGET_DIR/release/updraft" \
	  --bundled-python "$$UPDRAFT_BUNDLED_VENV/bin/python" $(BENCH)
