# `make demo` and `make check` are the two commands of the README.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help weights test-weights test-clients demo check lint types layers test demos extras wheel bench clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(STAMP): pyproject.toml setup.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,microphone]'
	@touch $(STAMP)

weights: $(STAMP) ## fetch and verify the embedded models (about 1.3 GB, once)
	$(BIN)/warmline weights fetch

demo: weights ## set up, answer one recording, leave reply.wav
	$(BIN)/warmline reply demos/audio/sister.wav -o reply.wav

check: weights lint types layers test demos wheel ## everything that CI runs

test-weights: weights # models that only the tests run, so that none of them is skipped
	$(BIN)/warmline weights fetch smollm2-135m whisper-base resemblyzer

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

test-clients: # OpenAI's client for Node and axe-core, which only tests run; without npm those are skipped
	@mkdir -p .clients && cp tests/server/realtime/agents/package.json .clients/
	@if command -v npm >/dev/null; then \
	  npm install --silent --no-package-lock --no-audit --no-fund --prefix .clients || echo "@openai/agents and axe-core could not be fetched"; fi

test: test-weights test-clients
	$(BIN)/pytest

demos: $(STAMP)
	$(BIN)/pytest tests/demos

extras: ## the optional torch backends, through their libraries' real classes with small random models
	$(PYTHON) -m venv .venv-extras
	.venv-extras/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 --editable '.[dev,transformers,llm-training]'
	.venv-extras/bin/pytest tests/emotion/tagger tests/emotion/training tests/speech/asr tests/dialogue/training

wheel: $(STAMP)
	$(BIN)/python tests/wheel_smoke.py

bench: weights ## voice-to-voice delay on this machine
	$(BIN)/warmline bench latency

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache reply.wav
