"""Settings: the order of sources, and errors that say where a mistake came from."""

from pathlib import Path

import pytest

from warmline.server.config import flat, load
from warmline.server.settings import Choice
from warmline.speech.runtime.errors import SettingsError


def test_defaults_say_that_this_is_an_ai() -> None:
    settings = load().settings
    assert "AI" in settings.call.greeting
    assert not settings.log.words


def test_later_sources_win(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_text('[asr]\nmodel = "from-file"\nthreads = 1\n[server]\nport = 1\n', encoding="utf-8")
    environment = {"WARMLINE_ASR__MODEL": "from-environment", "WARMLINE_SERVER__PORT": "2", "OTHER": "x"}
    loaded = load(file, environment, ["server.port=3"])
    assert loaded.settings.asr == Choice("faster_whisper", {"model": "from-environment", "threads": 1})
    assert loaded.settings.server.port == 3
    assert loaded.origins == {
        "asr.model": "WARMLINE_ASR__MODEL",
        "asr.threads": str(file),
        "server.port": "--set",
    }


def test_naming_another_backend_forgets_the_old_one_s_options() -> None:
    sets = ["asr.model=x", "asr.backend=scripted"]
    assert load(sets=sets).settings.asr == Choice("scripted")


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_text("[server]\nport = 9\n", encoding="utf-8")
    assert load(environment={"WARMLINE_CONFIG": str(file)}).settings.server.port == 9


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ("server.prot=1", "did you mean 'port'"),
        ("sever.port=1", "did you mean 'server'"),
        ("server.port=high", "server.port must be int"),
        ("server.port=true", "server.port must be int"),
        ("log.words=1", "log.words must be bool"),
        ("server.port", "section.key=value"),
        ("asr=x", "set asr.backend"),
    ],
)
def test_mistakes_say_what_to_do(item: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(sets=[item])
    assert says in str(caught.value)
    assert "--set" in str(caught.value)
    assert caught.value.exit_status == 2


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        load(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[asr", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"broken\.toml is no valid TOML"):
        load(broken)


def test_flat_shows_every_key() -> None:
    shown = flat(load(sets=["asr.model=tiny"]).settings)
    assert shown["asr.model"] == "tiny"
    assert shown["server.port"] == 8040
    assert shown["cache"] == ""
