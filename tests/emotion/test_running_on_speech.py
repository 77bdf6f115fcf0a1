"""Estimates while somebody speaks, with the real ear and the real head, on a recording that ships."""

import pytest

from warmline.emotion.running import PRIOR, Running, due, recent, step
from warmline.emotion.tagger.backends import TAGGERS
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.stream import Transcriber
from warmline.speech.audio.files import read_audio
from warmline.speech.types import AudioChunk, Utterance, samples_of


@pytest.mark.weights
def test_a_turn_is_read_about_every_second():
    samples = read_audio("demos/audio/job.wav").samples
    recogniser = RECOGNISERS.create("faster_whisper", {})
    transcriber, tagger = Transcriber(recogniser), TAGGERS.create("encoder_probe", {})
    running, sources = Running(), []
    for end in range(samples_of(0.8), len(samples), samples_of(0.8)):
        audio = AudioChunk(samples[:end])
        transcriber.partial(audio)
        heard = transcriber.so_far
        assert heard is not None
        if due(running, 0, end):
            whole = Utterance(1, heard.text, heard.words, audio, features=heard.features)
            tags = tagger.tag(recent(whole))
            sources.append(tags.source)
            running = step(running, tags)
    recogniser.close()
    assert running.readings >= 7
    assert running.at <= len(samples)
    assert sources[-1].startswith("encoder_probe/whisper")  # the partials' own frames were read
    assert 0.0 < running.confidence < 1.0
    assert running.variance < PRIOR
