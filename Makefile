# The only entry. Every target does its own set-up; a second run finds it done.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
ARGS ?=
CODE := src tests bench scripts deploy app.py hatch_build.py

.PHONY: help demo up test lint bench clients oracles soak soak-long fuzz schemathesis install dist docs docs-version audit locks clean

help:
	@echo "make demo      a synthetic market, the engine and the dashboard in the browser (ARGS= for more)"
	@echo "make up        the live market (ARGS='--pair BTCUSDT/ETHUSDT')"
	@echo "make test      lint and all tests"
	@echo "make lint      formatting, style, types and layers, of Python and JavaScript"
	@echo "make bench     measure speed and accuracy beside peers"
	@echo "make clients   other people's clients at the local exchange: what reaches them"
	@echo "make oracles   other people's simulated exchanges on recorded books: do our orders fill alike? (DATA=../shared/data)"
	@echo "make soak      hundreds of runs with mixed faults, our own too, and kills (SEED=1 RUNS=200 KILLS=200)"
	@echo "make soak-long two hours of a market: does anything get lost or grow? (HOURS=2 RATE=5000 SPEED=10 FAULTS=none SEED=1)"
	@echo "make fuzz      damaged frames, files and stores, guided by coverage (SECONDS=60 for each of five)"
	@echo "make schemathesis  the API against its own description (EXAMPLES=100 of each kind, SEED=1)"
	@echo "make dist      wheel and sdist in dist/, built, checked and tried"
	@echo "make docs      the documentation as a site in site/, every link followed"
	@echo "make docs-version  the same as one of several in site-versions/ (VERSION=0.1)"
	@echo "make audit     licences and known faults of what we are installed with"
	@echo "make install   the virtual environment alone"

demo: $(VENV)/.runtime
	@$(BIN)/spreadscope demo $(ARGS)

up: $(VENV)/.runtime
	@$(BIN)/spreadscope up $(ARGS)

# A file's tests stay together: they share their servers. A third worker on two processors saves a tenth of the time, and
# makes every wait of a browser test half as long again. The order is that of tests/conftest.py.
test: lint $(VENV)/.browser $(VENV)/.prometheus
	$(NPM) test
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.dev $(VENV)/.checks
	$(BIN)/ruff format --check --quiet $(CODE)
	$(BIN)/ruff check --quiet $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) lint

bench: $(VENV)/.bench $(VENV)-nautilus/.ready
	$(BIN)/python -m bench $(ARGS)

# Streams and routes x clients, in an environment of their own; the exit status is 1 where something is not delivered.
clients: $(VENV)/.dev $(VENV)-clients/.ready
	$(BIN)/python -m tests.clients $(VENV)-clients/bin/python $(if $(wildcard $(VENV)-clients/node/node_modules),$(CURDIR)/$(VENV)-clients/node) $(ARGS)

# Orders of our paper exchange beside NautilusTrader's and hftbacktest's, on one recording; the exit status is 1 where a
# figure is missed.
DATA ?= ../shared/data
oracles: $(VENV)/.dev $(VENV)-nautilus/.ready $(VENV)-hftbacktest/.ready
	$(BIN)/python -m tests.oracles $(DATA) $(VENV)-nautilus/bin/python $(VENV)-hftbacktest/bin/python $(ARGS)
	$(BIN)/python -m tests.oracles.real_bars $(DATA)/bars/binance_um_5m_2023-07_08_60sym.parquet

# Nothing lost, nothing doubled: the last line is the verdict, the exit status 1 if it is not so.
SEED ?= 1
RUNS ?= 200
KILLS ?= $(RUNS)
soak: $(VENV)/.dev
	$(BIN)/python -m tests.soak --seed $(SEED) --runs $(RUNS) --kills $(KILLS) $(ARGS)

HOURS ?= 2
RATE ?= 5000
SPEED ?= 10
FAULTS ?= none
soak-long: $(VENV)/.dev
	$(BIN)/python -m tests.soak.long --hours $(HOURS) --rate $(RATE) --speed $(SPEED) --faults $(FAULTS) --seed $(SEED) $(ARGS)

# Each program ends with status 0 after its time, or at once with the input that raised what is not documented.
SECONDS ?= 60
FUZZERS ?= codec importer store blocks core
fuzz: $(VENV)/.dev
	@if $(PIP_INSTALL) --require-hashes -r requirements/fuzz.lock 2>$(VENV)/fuzz.log; then \
	  for name in $(FUZZERS); do $(BIN)/python -m tests.fuzz.atheris_$$name -max_total_time=$(SECONDS) $(ARGS) || exit 1; done; \
	else \
	  echo "make fuzz is left out: atheris has no wheel for this Python and system (pip says why in $(VENV)/fuzz.log)"; \
	fi

# Requests made from the API's own description, valid and invalid: no fault, nothing undocumented, nothing wrongly refused.
EXAMPLES ?= 100
schemathesis: $(VENV)/.dev $(VENV)-schemathesis/.ready
	$(BIN)/python -m tests.api.run_schemathesis $(CURDIR)/$(VENV)-schemathesis/bin/schemathesis \
	  --max-examples $(EXAMPLES) --seed $(SEED) $(ARGS)

install: $(VENV)/.dev

# Wheel and sdist in dist/, checked, and the wheel tried in an environment of its own.
dist: $(VENV)/.runtime $(VENV)-release/.ready
	@rm -rf dist
	$(VENV)-release/bin/python -m build --outdir dist .
	$(VENV)-release/bin/twine check --strict dist/*
	$(BIN)/python scripts/try_wheel.py dist/*.whl

# Every warning is an error, and every link and anchor of what was built must lead somewhere. Nothing is fetched.
docs: $(VENV)-docs/.ready
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --strict $(ARGS)
	$(VENV)-docs/bin/python scripts/check_site.py site

docs-version: $(VENV)-docs/.ready
	NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/python scripts/site_versions.py $(VERSION)
	$(VENV)-docs/bin/python scripts/check_site.py site-versions/$(VERSION)

# Licences, and what is known of the versions that we are installed with.
audit: $(VENV)/.runtime $(VENV)-release/.ready
	@$(BIN)/python scripts/audit.py $(ARGS)

# --- set-up --------------------------------------------------------------------------------------------------------

# All that the set-up says goes to standard error: what a target is asked for stands alone in standard output.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Spreadscope needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up in $(VENV): once, a few minutes; the next time it is there." >&2
ifdef UV
	$(STEP) "1/4 a virtual environment" -- $(UV) venv --quiet --python $(PYTHON) $(VENV)
else
	$(STEP) "1/4 a virtual environment" -- $(PYTHON) -m venv $(VENV)
endif

# On a terminal the installers show what they fetch; elsewhere they are quiet, and scripts/step.py says that they are at work.
QUIET := $(shell [ -t 2 ] || echo --quiet)
ifdef UV
PIP_INSTALL = VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install $(QUIET)
STEP_INSTALL = env $(PIP_INSTALL)
else
PIP_INSTALL = $(BIN)/python -m pip install $(QUIET) --disable-pip-version-check
STEP_INSTALL = $(PIP_INSTALL)
endif
STEP = @$(PYTHON) scripts/step.py

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml frontend/package-lock.json scripts/fetch_frontend.py | $(VENV)/bin/python
	$(STEP) "2/4 77 packages: about 300 MB to download, 1 GB on disk" --grows $(VENV) -- \
	  $(STEP_INSTALL) --require-hashes -r requirements/runtime.lock
	@$(PIP_INSTALL) --no-deps -e . >&2
	$(STEP) "3/4 the chart library, from npm" -- $(BIN)/python scripts/fetch_frontend.py
	$(STEP) "4/4 compiling the numerical kernels" -- $(BIN)/python -m spreadscope.commands.compile_kernels
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.runtime
	$(STEP) "the packages of tests and checks: about 60 MB to download" --grows $(VENV) -- \
	  $(STEP_INSTALL) --require-hashes -r requirements/dev.lock
	@touch $@

# Once, and anew where the lock file is another or somebody has removed what was brought. A Node.js of the environment is
# there because the system has none that is new enough, so it goes first.
CHECKS := frontend/checks
NPM = PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix $(CHECKS) run --silent
$(VENV)/.checks: $(CHECKS)/package-lock.json $(VENV)/.dev $(if $(wildcard $(CHECKS)/node_modules/.package-lock.json),,again)
	$(STEP) "the checks of our JavaScript, from npm: about 65 MB on disk" --grows $(CHECKS) -- \
	  $(BIN)/python scripts/fetch_checks.py
	@touch $@

.PHONY: again
again:

$(VENV)/.bench: requirements/bench.lock $(VENV)/.dev
	$(STEP) "the packages of the benchmarks" --grows $(VENV) -- $(STEP_INSTALL) --require-hashes -r requirements/bench.lock
	@touch $@

# NautilusTrader, a peer of the replay, wants other versions of what we use: an environment of its own. Where it cannot be
# installed the benchmark says so and goes on.
$(VENV)-nautilus/.ready: requirements/nautilus.lock | $(VENV)/bin/python
	@rm -rf $(VENV)-nautilus
ifdef UV
	-@$(UV) venv --quiet --python $(BIN)/python $(VENV)-nautilus && VIRTUAL_ENV=$(CURDIR)/$(VENV)-nautilus $(UV) pip install --quiet --require-hashes -r $< && touch $@
else
	-@$(BIN)/python -m venv $(VENV)-nautilus && $(VENV)-nautilus/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< && touch $@
endif

$(VENV)-release/.ready: requirements/release.lock | $(VENV)/bin/python
	@rm -rf $(VENV)-release
ifdef UV
	@$(UV) venv --quiet --python $(BIN)/python $(VENV)-release && VIRTUAL_ENV=$(CURDIR)/$(VENV)-release $(UV) pip install --quiet --require-hashes -r $<
else
	@$(BIN)/python -m venv $(VENV)-release && $(VENV)-release/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
endif
	@touch $@

# It reads the product's docstrings and imports nothing of it.
$(VENV)-docs/.ready: requirements/docs.lock | $(VENV)/bin/python
	@rm -rf $(VENV)-docs
ifdef UV
	@$(UV) venv --quiet --python $(BIN)/python $(VENV)-docs && VIRTUAL_ENV=$(CURDIR)/$(VENV)-docs $(UV) pip install --quiet --require-hashes -r $<
else
	@$(BIN)/python -m venv $(VENV)-docs && $(VENV)-docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
endif
	@touch $@

# hftbacktest, an oracle of orders on a full depth, as NautilusTrader above.
$(VENV)-hftbacktest/.ready: requirements/hftbacktest.lock | $(VENV)/bin/python
	@rm -rf $(VENV)-hftbacktest
ifdef UV
	-@$(UV) venv --quiet --python $(BIN)/python $(VENV)-hftbacktest && VIRTUAL_ENV=$(CURDIR)/$(VENV)-hftbacktest $(UV) pip install --quiet --require-hashes -r $< && touch $@
else
	-@$(BIN)/python -m venv $(VENV)-hftbacktest && $(VENV)-hftbacktest/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< && touch $@
endif

# The clients want other versions of what we use, too. Without npm the JavaScript SDK is left out, and that is said.
$(VENV)-clients/.ready: requirements/clients.lock tests/clients/package-lock.json | $(VENV)/bin/python
	@rm -rf $(VENV)-clients
ifdef UV
	@$(UV) venv --quiet --python $(BIN)/python $(VENV)-clients && VIRTUAL_ENV=$(CURDIR)/$(VENV)-clients $(UV) pip install --quiet --require-hashes -r $<
else
	@$(BIN)/python -m venv $(VENV)-clients && $(VENV)-clients/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
endif
	@mkdir -p $(VENV)-clients/node && cp tests/clients/package.json tests/clients/package-lock.json $(VENV)-clients/node
	-@npm ci --silent --no-audit --no-fund --prefix $(VENV)-clients/node
	@touch $@

# Only speaks to the API over HTTP: an environment of its own keeps its versions apart from ours.
$(VENV)-schemathesis/.ready: requirements/schemathesis.lock | $(VENV)/bin/python
	@rm -rf $(VENV)-schemathesis
ifdef UV
	@$(UV) venv --quiet --python $(BIN)/python $(VENV)-schemathesis && VIRTUAL_ENV=$(CURDIR)/$(VENV)-schemathesis $(UV) pip install --quiet --require-hashes -r $< && touch $@
else
	@$(BIN)/python -m venv $(VENV)-schemathesis && $(VENV)-schemathesis/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< && touch $@
endif

$(VENV)/.browser: $(VENV)/.dev scripts/ensure_browser.py
	$(STEP) "a Chromium for the browser tests" -- $(BIN)/python scripts/ensure_browser.py
	@touch $@

$(VENV)/.prometheus: $(VENV)/.dev scripts/ensure_prometheus.py
	$(STEP) "a Prometheus for the tests of deploy/" -- $(BIN)/python scripts/ensure_prometheus.py
	@touch $@

# Resolve the locks anew. Hashes, no registry addresses.
LOCK = $(UV) pip compile --universal --python-version 3.11 --generate-hashes \
       --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet
locks:
	@test -n "$(UV)" || { echo "make locks needs uv: https://docs.astral.sh/uv/"; exit 1; }
	$(LOCK) pyproject.toml -o requirements/runtime.lock
	$(LOCK) --group oidc -c requirements/runtime.lock -o requirements/oidc.lock
	$(LOCK) pyproject.toml --group dev -c requirements/runtime.lock -c requirements/oidc.lock -o requirements/dev.lock
	$(LOCK) pyproject.toml --group dev --group bench -c requirements/dev.lock -o requirements/bench.lock
	$(LOCK) --group fuzz -o requirements/fuzz.lock
	$(LOCK) --group schemathesis -o requirements/schemathesis.lock
	$(LOCK) --group release -o requirements/release.lock
	$(LOCK) --group docs -o requirements/docs.lock
	$(LOCK) requirements/nautilus.in -o requirements/nautilus.lock
	$(LOCK) requirements/hftbacktest.in -o requirements/hftbacktest.lock
	$(LOCK) requirements/clients.in -o requirements/clients.lock

clean:
	rm -rf dist site site-versions $(VENV) $(VENV)-docs $(VENV)-release $(VENV)-nautilus $(VENV)-hftbacktest $(VENV)-clients $(VENV)-schemathesis $(CHECKS)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
