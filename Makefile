# `make demo` and `make check` are the two commands of the README.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help weights test-weights test-clients demo check lint types layers test demos train extras wheel bench clean

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

test-clients: # OpenAI's client for Node and browsers, and axe-core, which only tests run; without npm those are skipped
	@mkdir -p .clients && cp tests/server/realtime/agents/package.json .clients/
	@if command -v npm >/dev/null; then \
	  timeout 300 npm install --silent --no-package-lock --no-audit --no-fund --prefix .clients || echo "@openai/agents and axe-core could not be fetched"; fi

test: test-weights test-clients
	$(BIN)/pytest

demos: $(STAMP)
	$(BIN)/pytest tests/demos

# The weights that two cores rebuild, from corpora in DATA laid out as docs/training.md says; each must come out the same.
TRAINED := build/train
train: $(STAMP) ## rebuild the weights that need no GPU from DATA=folder, and compare each with what ships
	@test -n "$(DATA)" || { echo "make train DATA=folder: which corpora go where says docs/training.md"; exit 2; }
	@mkdir -p $(TRAINED)/emotion
	$(BIN)/warmline train strategy $(DATA)/esconv/train.jsonl --valid $(DATA)/esconv/valid_turns.csv --out $(TRAINED)/strategy
	cmp $(TRAINED)/strategy/strategy.npz dialogue/strategy/weights/strategy.npz
	$(BIN)/warmline train feedback $(DATA)/esconv/train.jsonl --marks $(DATA)/esconv/failed.json \
	  --valid $(DATA)/esconv/valid_annotated.jsonl --out $(TRAINED)/strategy
	cmp $(TRAINED)/strategy/feedback.npz dialogue/strategy/weights/feedback.npz
	$(BIN)/warmline train kinds $(DATA)/esconv/train.jsonl --out $(TRAINED)/kinds
	cmp $(TRAINED)/kinds/judge/kinds.npz dialogue/evaluate/weights/kinds.npz
	cmp $(TRAINED)/kinds/checker/checker.npz dialogue/kinds/weights/checker.npz
	$(BIN)/python -m warmline.emotion.training.words_fit $(DATA)/emotion_text/goemo_train.tsv \
	  $(DATA)/emotion_text/goemo_dev.tsv $(TRAINED)/emotion
	cmp $(TRAINED)/emotion/words_goemotions.npz emotion/weights/words_goemotions.npz

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
