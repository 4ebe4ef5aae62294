# Every target sets up what it needs: a virtualenv in .venv, filled from the lock file.
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready
CONFIG  ?= config/bridge.toml
PORT    ?= 8300
PROOF_LOG ?= proof.jsonl
FUZZ    := $(wildcard tests/unit/*/test_*fuzz.py tests/unit/*/test_random*.py)

.DEFAULT_GOAL := help
.PHONY: help setup sandbox run test check lint types imports proof bench install uninstall deb lock clean

help:  ## show this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## create .venv with everything that is needed

$(READY): pyproject.toml requirements-dev.lock
	@PYTHON="$(PYTHON)" sh tests/setup.sh $(VENV)
	@touch $@

sandbox: $(READY)  ## play both sides in the browser: simulated Telegram and Tiledesk, the real bridge between
	@$(BIN)/tiledesk-bridge sandbox --port $(PORT)

run: $(READY)  ## run the daemon with CONFIG=config/bridge.toml
	@$(BIN)/tiledesk-bridge run --config $(CONFIG)

test: $(READY)  ## run the tests, on two cores and while some of them wait
	@$(BIN)/python -m pytest -n 3 --dist worksteal

check: lint types imports test  ## everything that must be green before a commit

lint: $(READY)
	@$(BIN)/ruff check bridge tests systemd
	@$(BIN)/ruff format --check bridge tests systemd

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports

proof: $(READY)  ## the long campaigns: many kills, many messages, many broken ones (an hour or so; a page in docs/proof)
	@rm -f $(PROOF_LOG)
	@BRIDGE_PROOF=1 BRIDGE_PROOF_LOG=$(PROOF_LOG) $(BIN)/python -m pytest tests/crash tests/faults tests/sim tests/acceptance \
		tests/browser tests/systemd tests/unit/test_alerts_fire.py $(FUZZ) -s --timeout 7200; \
	status=$$?; $(BIN)/python -m tests.report $(PROOF_LOG) docs/proof $$status && exit $$status

bench: $(READY)  ## print latency, throughput, CPU and memory of this commit
	@$(BIN)/python -m tests.perf.bench

install:  ## install into PREFIX (/opt) with the systemd units, as root; DRY_RUN=1 says what would be done
	@PREFIX="$(PREFIX)" LOCAL="$(LOCAL)" DESTDIR="$(DESTDIR)" PYTHON="$(PYTHON)" DRY_RUN="$(DRY_RUN)" sh systemd/install.sh install

uninstall:  ## take that away again; the configuration and the journals stay
	@PREFIX="$(PREFIX)" LOCAL="$(LOCAL)" DESTDIR="$(DESTDIR)" DRY_RUN="$(DRY_RUN)" sh systemd/install.sh uninstall

deb:  ## build a Debian package in dist/
	@sh systemd/deb/build.sh dist

lock: $(READY)  ## compile the lock files anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 --group dev pyproject.toml -o requirements-dev.lock

clean:  ## remove what the other targets made
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
