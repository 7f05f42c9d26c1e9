# `make` alone lists what can be done. Set PORT or PYTHON to change where and with what.
PORT ?= 8501
DASHBOARD_PORT ?= 8866
PARAMS ?= release
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock

.DEFAULT_GOAL := help
.PHONY: help app dashboard test lint data lab notebooks reports bench bench-app bench-build bench-retrieval screenshots

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

app: $(VENV)/.serving ## start the app on http://127.0.0.1:8501 (PORT=8600 make app: elsewhere)
	@echo "Affetto is starting on http://127.0.0.1:$(PORT); Ctrl-C stops it."
	@$(BIN)/streamlit run app/server.py --server.port $(PORT)

dashboard: $(VENV)/.full ## start the dashboard on http://127.0.0.1:8866
	@echo "The dashboard is starting on http://127.0.0.1:$(DASHBOARD_PORT); Ctrl-C stops it."
	@cd app && JUPYTER_PATH="$(CURDIR)/app/jupyter" "$(CURDIR)/$(BIN)/voila" dashboard.ipynb --port $(DASHBOARD_PORT) $(VOILA_FLAGS)

test: lint ## install everything, then check the code and run the whole test suite
	$(BIN)/python -m pytest

lint: $(VENV)/.full ## ruff, and the rules on who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

data: $(VENV)/.full ## fetch the public data sets, verify them, and build the catalogue
	$(BIN)/affetto data fetch || true  # it has said what is missing; a build that needs that says so again
	$(BIN)/affetto data build

lab: $(VENV)/.full ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --ip=127.0.0.1 --LabApp.default_url=/lab/tree/notebooks $(LAB_FLAGS)

notebooks: $(VENV)/.full ## run the notebooks on made-up data, into data/interim/notebooks
	$(BIN)/affetto notebooks run --params smoke

reports: $(VENV)/.full ## run the notebooks on the real data and write the pages of reports/ (PARAMS=full: train anew)
	$(BIN)/affetto reports build --params $(PARAMS)

bench: $(VENV)/.full ## measure speed and memory of serving into reports/metrics/serving.json
	$(BIN)/python -m affetto.bench

bench-app: $(VENV)/.full ## measure the app in a real browser into reports/metrics/app.json
	$(BIN)/python -m affetto.bench_app

bench-build: $(VENV)/.full ## measure what building the tables takes into reports/metrics/build.json
	$(BIN)/python -m affetto.bench_build

bench-retrieval: $(VENV)/.full ## measure the search among up to two million tracks into reports/
	$(BIN)/python -m affetto.bench_retrieval

screenshots: $(VENV)/.full ## take the pictures in reports/figures anew, with Chromium
	AFFETTO_SCREENSHOTS=1 $(BIN)/python -m pytest tests/browser

# The stamps remember which pins were installed: as long as they stand, a start takes seconds.
$(VENV)/.serving: pyproject.toml requirements.lock | $(BIN)/pip
	@echo "Installing what the app needs into $(VENV) (no TensorFlow); this happens once."
	@$(PIP) -e .
	@$(PIP) --no-deps scikit-image  # for its photograph of Eileen Collins, the app's sample; never imported
	@touch $@

$(VENV)/.full: pyproject.toml requirements.lock | $(BIN)/pip
	@echo "Installing everything that training, notebooks and tests need into $(VENV); this happens once."
	@$(PIP) -e ".[train,notebooks,scale,test]"
	@touch $@ $(VENV)/.serving

# pip is the last thing that venv makes: where it is missing, an earlier try was cut short.
$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "Affetto needs Python 3.11: install it (Debian: apt-get install python3 python3-venv)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Affetto needs Python 3.11, and $(PYTHON) is another: name one with PYTHON=/path/to/python3.11." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "This Python cannot make virtual environments: on Debian, apt-get install python3-venv." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)
