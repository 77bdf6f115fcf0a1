"""The options that make a measuring command's recordings harder."""

import argparse

import pytest
from sounds import noise

from warmline.server.commands.harder import add_harder, harder_of, harder_payload
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.errors import UnreadableInput, UsageError


def asked(*words):
    parser = argparse.ArgumentParser()
    add_harder(parser)
    return parser.parse_args(list(words))


def test_the_options_name_folders_and_decibels(tmp_path):
    write_wav(tmp_path / "noise" / "hiss.wav", noise(0.5), 16_000)
    (tmp_path / "noise" / "README.txt").write_text("no sound")
    args = asked("--noise", str(tmp_path / "noise"), "--telephone")
    harder = harder_of(args)
    assert (len(harder.noises), harder.snr_db, harder.rooms, harder.telephone) == (1, 10.0, (), True)
    assert harder_payload(args, harder) == {"snr": 10.0, "noise": "noise", "rir": None, "telephone": True}
    assert not harder_of(asked()).changes
    assert harder_of(asked("--snr", "3")).snr_db == 3.0


def test_options_that_cannot_be_met_are_refused(tmp_path):
    with pytest.raises(UnreadableInput, match="no folder"):
        harder_of(asked("--rir", str(tmp_path / "missing")))
    with pytest.raises(UsageError, match="decibels"):
        harder_of(asked("--snr", "nan"))
    with pytest.raises(UsageError, match="harder-seed"):
        harder_of(asked("--harder-seed", "-1"))
