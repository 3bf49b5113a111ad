# Everything that a newcomer or CI runs. `make` alone lists it.
PYTHON ?= $(shell sh .ci/python)
VENV := .venv
BIN := $(VENV)/bin
DEV := $(VENV)/.dev-$(shell cat requirements-dev.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
USE := $(VENV)/.use-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
WHEELS := build/wheels/.for-$(shell cat requirements.lock 2>/dev/null | cksum | cut -d' ' -f1)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# One more than there are cores: many tests wait.
JOBS := $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)

# A part of what takes long, PART=2/4 or PART=2/4:SEED, for `stories`, `stories-docker`, `matrix-stock` and `docker-alone`.
SOME := $(if $(PART),--part $(PART))

# Only root can start an engine of its own.
OWN := $(shell [ "$$(id -u)" = 0 ] || echo --any)

# Some machines forbid bytecode; then each of the many processes of a test would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test matrix matrix-stock stories stories-docker nightly check bench bench-peers soak mitmproxy-tests lock clean image demo-docker docker-test docker-alone

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1  \t\2/p' Makefile

setup: $(DEV)  ## make the virtual environment, with what tests and checks need

$(VENV)/bin/python:
	@sh .ci/python >/dev/null
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

# Installed first and compiled afterwards, with all cores: pip compiles with one.
$(DEV): requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --no-compile --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib chaoskit compose >/dev/null 2>&1 || true
	@rm -f $(VENV)/.dev-* $(VENV)/.use-* && touch $@ $(USE)

# The demo needs neither the test tools nor an installed package, and compiles what it imports.
$(USE): requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --no-compile --require-hashes -r requirements.lock
	@rm -f $(VENV)/.use-* && touch $@

demo: $(USE)  ## a shop loses Stripe twice: once it survives, once it does not
	@PYTHONPATH=$(CURDIR):$(CURDIR)/compose $(BIN)/python -m chaoskit demo

# Nothing here belongs to `make test`, and each of its processes would import it: the SDKs alone take several seconds.
ELSEWHERE := tests/clients/catalogue tests/clients/sdk tests/e2e/run tests/e2e/test_stream_sdks.py tests/docker tests/fidelity tests/replays

test: $(DEV)  ## the fast tests and the socket tests (about two minutes)
	@$(BIN)/python -m pytest -m "not docker and not broad and not story" -q -n $(JOBS) --dist worksteal $(addprefix --ignore ,$(ELSEWHERE))

matrix: $(DEV)  ## whole families of faults, every client and SDK, network namespaces, whole runs
	@$(BIN)/python -m pytest -m broad -q -n 2 --dist loadfile --ignore tests/e2e/run --ignore tests/fidelity
	@$(BIN)/python -m pytest -m broad -q tests/e2e/run tests/fidelity  # one after the other: they need the cores

# The same checks on the wire, with mitmproxy's own connection handler and classes.
matrix-stock: $(DEV)  ## the faults on the wire on mitmproxy's core as it is, where the other targets have the lean one; PART=2/4
	@CHAOSKIT_STOCK_PROXY=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not docker and not story" $(SOME) tests/e2e --ignore tests/e2e/run

# Two at once: a run takes a third of a core.
stories: $(DEV)  ## every experiment on the builds that pass and fail it, and every outage (about 25 minutes); PART=2/4
	@$(BIN)/python -m pytest -m story -q -n 2 --dist worksteal $(SOME) tests/shop/test_stories.py tests/replays

# Fetched out here: an engine of .ci/docker has no network. Wheels of another system would be of no use.
$(WHEELS): requirements.lock | $(VENV)/bin/python
	@rm -rf build/wheels && mkdir -p build/wheels
	@[ "$$(uname -s)" != Linux ] || $(PIP) -q download --require-hashes --only-binary :all: -r requirements.lock -d build/wheels
	@touch $@

stories-docker: $(DEV) $(WHEELS)  ## every experiment in containers (about 15 minutes); PART=2/4
	@.ci/docker $(BIN)/python -m pytest -m "docker and story" -q -n 2 --dist worksteal $(SOME) tests/docker/test_stories.py

# Each step on its own: `make nightly STEPS="stories soak"`. It goes on after one that fails, and fails at the end.
NIGHTLY = test matrix matrix-stock check docker-test docker-alone soak stories stories-docker
nightly:  ## everything whole, with a table of times at the end (about an hour and a half); STEPS="stories soak" for some of it
	+@.ci/steps --keep-going $(or $(STEPS),$(NIGHTLY))

image: $(WHEELS)  ## build the image chaoskit:local
	@.ci/docker --any .ci/image

demo-docker: $(WHEELS)  ## the demo in containers, from nothing: an engine if none answers, the image, both verdicts
	@.ci/docker --any .ci/demo-docker

docker-test: $(DEV) $(WHEELS)  ## what needs a Docker engine, with one of our own (as root; else with one that answers)
	@CHAOSKIT_DOCKER=required .ci/docker $(OWN) sh -c '.ci/image >/dev/null && exec $(BIN)/python -m pytest -m "docker and not story and not alone" -q -n $(JOBS) --dist worksteal tests/docker'

# One after the other: a run beside others on few cores is late, and then rightly tells nothing.
docker-alone: $(DEV) $(WHEELS)  ## the whole runs in containers, each with the cores for itself (about 10 minutes); PART=2/4
	@CHAOSKIT_DOCKER=required .ci/docker $(OWN) sh -c '.ci/image >/dev/null && exec $(BIN)/python -m pytest -m "docker and alone" -q $(SOME) tests/docker'

check: $(DEV)  ## ruff, pyright, import-linter and the structure tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/structure

bench: $(DEV)  ## what bench/README.md publishes
	@$(BIN)/python bench/bench_proxy.py
	@$(BIN)/python -m pytest -q tests/e2e/bench_stream_latency.py
	@$(BIN)/python bench/fidelity.py --write
	@$(BIN)/python bench/calibration.py --write

soak: $(DEV)  ## MINUTES=5 of 500 calls a second while faults come and go; what leaks fails it, and 3 says that the machine was too slow to tell
	@$(BIN)/python bench/bench_soak.py --minutes $(or $(MINUTES),5) || { status=$$?; echo $$status >"$${CHAOSKIT_STATUS:-/dev/null}"; exit $$status; }

mitmproxy-tests: $(DEV)  ## mitmproxy's own tests on its core and on ours; MITMPROXY_SRC= a checkout of the pinned version
	@$(BIN)/python tests/mitmproxy_suite/run.py "$(MITMPROXY_SRC)"

# None of its packages runs a script of its own here, and the optional ones are not needed.
bench-peers:  ## what `make bench` compares with, where npm and PyPI have it, into build/peers
	@mkdir -p build/peers && cp bench/peers/package.json bench/peers/package-lock.json build/peers
	@npm install --prefix build/peers --no-save --omit=optional --ignore-scripts --no-audit --no-fund --loglevel error
	@$(PYTHON) -m venv build/peers/venv
	@build/peers/venv/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r bench/peers/requirements.lock

lock: $(DEV)  ## resolve the dependencies again
	@$(BIN)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock

clean:  ## remove what make made
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
