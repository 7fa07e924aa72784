# One door: `make` explains itself. What a target needs, it makes.
PY := .venv/bin/python
# More than cores: most tests wait for a device or a server.
JOBS ?= 4
ARGS ?=
# A caller's own environment must not leak into ours.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PYTHON

# SERVERS=1 installs the servers first, and then nothing may be skipped.
ifneq ($(filter-out 0 no,$(SERVERS)),)
servers := .ci/servers &&
required := NETPULSE_REQUIRE_SERVERS=1
endif
PYTEST = $(required) $(PY) -m pytest -q

# Most tests wait for servers, and a busy machine can be late for one of them. What failed is tried once more, alone:
# a fault fails again, and what passes then is named in the last lines, to be mended.
twice = { $(PYTEST) $(1) $(ARGS) || { [ $$? -eq 1 ] && echo && echo 'FAILED ABOVE, ONCE MORE ALONE:' && \
    $(PYTEST) --last-failed --last-failed-no-failures none -n 0; }; }

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types bench thorough fleet faults fuzz openapi lock clean .venv

help:  # not listed: it is what lists
	@if [ -t 1 ] && [ -z "$$NO_COLOR" ]; then on=$$(printf '\033[36m') off=$$(printf '\033[0m'); fi; \
	echo 'NetPulse: Nornir, made durable, distributed and scheduled.'; echo; \
	awk -v on="$$on" -v off="$$off" -F ':.*## ' \
	    '/^[a-z]+:.*## / { printf "  %smake %-8s%s %s\n", on, $$1, off, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: .venv ## see it work: a simulated network, a worker, a scheduler and the API in one process
	@$(PY) -m netpulse_core demo $(ARGS)

# By file: each worker starts servers of its own, and xdist's groups are not honoured by every pytest.
test: .venv ## run the tests of every commit; SERVERS=1 installs redis, postgresql, frr, openssh (Debian, root) and runs all
	@$(servers) $(call twice,-m 'not fleet and not thorough and not faults and not fuzz' -n $(JOBS) --dist loadfile)
ifdef required
	@$(MAKE) --no-print-directory thorough fleet SERVERS=$(SERVERS) ARGS=
endif

check: lint types test ## the one door before a commit: style, import rules, spelling, types, tests, docs' links

lint: .venv
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/lint-imports
	@.venv/bin/codespell
	@.venv/bin/bandit --quiet --recursive --severity-level high netpulse_core plugins

types: .venv
	@$(PY) -m mypy

bench: .venv ## measure it on this machine and print the figures
	@$(PY) -m benchmarks $(ARGS)

thorough: .venv ## run the slow and the exhaustive tests: killed processes, leases that end, every sample of the templates
	@$(call twice,-m thorough -n $(JOBS) --dist loadfile)

# Alone, since a thousand devices take the whole machine. Status 5: no such test was found.
fleet: .venv ## test against a thousand simulated devices
	@$(PYTEST) -m fleet -n 0 $(ARGS) || [ $$? -eq 5 ]

# Alone too. What it has done it does not do again: interrupted, it goes on where it was.
fuzz: .venv ## ask each operation of the service a thousand times, and flood it with ten thousand requests
	@$(PYTEST) -m fuzz -n 2 $(ARGS); failed=$$?; $(PY) -m tests.fuzz.record; exit $$failed

faults: .venv ## kill it, and fail what it stands on, through 40 seeds: 40 minutes, and docs/faults.md anew
	@$(PY) -m tests.faults $(ARGS)

openapi: .venv ## write docs/openapi.json again, after the service has changed what it answers
	@$(PY) -m netpulse_core.api.described >docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json

# Hashes of every platform's files, and nothing of where they came from.
lock: ## compile requirements.lock again, with uv or pip-compile
	@if command -v uv >/dev/null; then \
	    uv pip compile --quiet --universal --python-version 3.12 --group dev --generate-hashes --upgrade \
	        --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock; \
	elif command -v pip-compile >/dev/null; then \
	    pip-compile --quiet --group dev --generate-hashes --upgrade --allow-unsafe --strip-extras --no-header \
	        --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	        pyproject.toml -o requirements.lock; \
	else echo 'make lock needs uv or pip-compile (pip-tools) on PATH, and found neither.' >&2; exit 1; fi

clean: ## remove what was made: the environment, caches and build results
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv:
	@.ci/venv
