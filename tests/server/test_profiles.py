"""Profiles: settings that ship together; every backend and option in them exists, and anything can be overruled."""

from pathlib import Path

import pytest

from warmline.dialogue.llm.backends import LANGUAGE_MODELS
from warmline.emotion.tagger.backends import TAGGERS
from warmline.server import profiles
from warmline.server.config import load
from warmline.server.settings import Choice, Settings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.runtime.errors import SettingsError
from warmline.speech.turn.backends import TURNS


@pytest.mark.parametrize("name", profiles.names())
def test_every_option_of_a_profile_exists(name: str) -> None:
    settings = load(profile=name).settings
    for registry, choice in (
        (RECOGNISERS, settings.asr),
        (TURNS, settings.turn),
        (TAGGERS, settings.tagger),
        (LANGUAGE_MODELS, settings.llm),
        (LANGUAGE_MODELS, settings.spare_llm),
    ):
        registry.check(choice.backend, choice.options)


def test_what_a_person_sets_goes_before_a_profile(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_text("[server]\nmax_calls = 3\n", encoding="utf-8")
    loaded = load(file, profile="gpu")
    assert loaded.settings.server.max_calls == 3
    assert loaded.settings.asr.options["device"] == "cuda"
    assert loaded.origins["asr.device"] == "profile gpu"
    assert load(environment={"WARMLINE_PROFILE": "gpu"}, sets=["asr.backend=scripted"]).settings.asr == Choice(
        "scripted"
    )


def test_without_a_profile_nothing_changes() -> None:
    assert load().settings == Settings()


def test_an_unknown_profile_says_which_there_are() -> None:
    with pytest.raises(SettingsError, match="there is no profile 'cpu'; there are: cluster, gpu"):
        load(profile="cpu")
