# Everything runs in an environment of its own, made on first use; Python 3.11 or later, make and git suffice.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test torture check bench plots servers clean

demo: $(VENV)/.ready  ## download the built-in test files from an embedded server, and verify them
	$(BIN)/rheo test

test: $(VENV)/.ready servers  ## run every test, two at a time
	$(BIN)/python -m pytest -n 2 --dist worksteal

torture: $(VENV)/.ready servers  ## crash tests at length, about ten minutes, power cuts as root; writes docs/torture.md
	$(BIN)/python -m pytest tests/crash --torture docs/torture.md

check: $(VENV)/.ready  ## lint, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.ready  ## compare with aria2c, curl and wget2; writes bench/results.md
	sh bench/peers.sh
	$(BIN)/python bench/run.py

plots: $(VENV)/.ready  ## draw what docs/ shows, measured in a quiet quarter of a minute, or by make bench
	$(BIN)/python -m pip install --quiet --group docs
	$(BIN)/python docs/shared_line.py
	$(BIN)/python docs/million_lines.py

servers:  ## what tests need beside Python: installed where that is allowed, named where it is not
	@sh tests/servers.sh

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group check --group test
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
