# Everything a developer or an operator starts by hand. Needs Python 3.11 or newer, pip and make;
# the first run of demo, test, check or bench sets up .venv by itself, later ones find it ready.
#
#   make test PYTHON=python3.13     chooses the interpreter

PYTHON ?= python3
# Only `make lock` uses it; it stays out of .venv and of requirements.txt.
UV = uv==0.13.9

.PHONY: help demo test check lock bench bench-faults clean setup

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: setup ## play half an hour of a branch, to look at
	@.venv/bin/lobby demo

# The rules first, alone and under coverage: they have to be covered by their own tests, and the
# tracer would make everything else slower by more than half. Eight at a time, also on two cores: a
# test of a screen waits half of its time until the screen has come to rest.
test: setup ## run all tests; server/domain must be covered in full by its own stories
	@.venv/bin/python -m coverage run -m pytest tests/server/domain
	@.venv/bin/python -m coverage report
	@.venv/bin/python -m pytest --ignore=tests/server/domain --numprocesses=8 --dist=worksteal

check: setup ## style, format, types and import contracts
	@echo 'ruff check' && .venv/bin/ruff check .
	@echo 'ruff format --check' && .venv/bin/ruff format --check .
	@echo 'mypy' && .venv/bin/python -m mypy
	@echo 'lint-imports' && .venv/bin/lint-imports --no-logo

bench: setup ## measure speed in full; takes long
	@.venv/bin/python -m bench

bench-faults: setup ## kill, cut and fill in full; takes longer
	@.venv/bin/python -m bench.faults

lock: ## renew requirements.txt from pyproject.toml, with hashes and no index in it
	@[ -x .lock-venv/bin/uv ] || { $(PYTHON) -m venv .lock-venv && .lock-venv/bin/python -m pip install --quiet '$(UV)'; }
	@.lock-venv/bin/uv pip compile pyproject.toml --quiet --upgrade --output-file requirements.txt \
	    --all-extras --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links

clean: ## remove everything that was made here, .venv included
	@rm -rf .venv .lock-venv build dist *.egg-info .coverage .coverage.* .hypothesis \
	    .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# .venv is ready when it was made at this place, with this Python, from these two files. Times
# of files say less: a copied folder or a switched branch would pass for ready. A Python without
# ensurepip (Debian without python3-venv) lends its own pip.
setup:
	@here="$$(pwd) $(PYTHON)"; \
	ready="$$here: $$(cat requirements.txt pyproject.toml | cksum)"; \
	was=; [ ! -x .venv/bin/python ] || was="$$(cat .venv/ready 2>/dev/null)"; \
	case "$$was" in \
	"$$ready") exit 0 ;; \
	"$$here: "*) echo 'Updating .venv' ;; \
	*) echo 'Setting up .venv'; rm -rf .venv ;; \
	esac; \
	set -e; \
	stop() { echo "$$*" >&2; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    stop 'Lobby needs Python 3.11 or newer; another one: make PYTHON=/path/to/python3 ...'; \
	[ -d .venv ] || $(PYTHON) -m venv .venv >/dev/null 2>&1 || \
	    $(PYTHON) -m venv --clear --without-pip .venv || \
	    stop 'This Python cannot make a virtual environment. On Debian: apt install python3-venv'; \
	pip='.venv/bin/python -m pip'; \
	$$pip --version >/dev/null 2>&1 || pip='$(PYTHON) -m pip --python .venv/bin/python'; \
	$$pip --version >/dev/null 2>&1 || \
	    stop 'This Python has no pip of version 22.3 or newer. On Debian: apt install python3-pip'; \
	pip="$$pip -qq --disable-pip-version-check"; \
	$$pip install --require-hashes -r requirements.txt; \
	$$pip install --no-deps --no-build-isolation -e .; \
	echo "$$ready" > .venv/ready
