"""The ``warmline`` command: finds the command's module by name, and turns errors into one clear line.

Only the module of the command that was asked for is imported, so ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import sys
from dataclasses import dataclass
from importlib.metadata import version

from warmline.speech.runtime.errors import WarmlineError


@dataclass(frozen=True, slots=True)
class Command:
    """``words`` as typed, the module in ``warmline.server.commands``, and a line of help."""

    words: str
    module: str
    summary: str


COMMANDS = (
    Command("reply", "reply", "answer one recording (or a folder of them) with a spoken reply"),
    Command("talk", "talk", "a conversation by microphone and loudspeaker, or from and to files"),
    Command("serve", "serve", "host calls for browsers: a page with a call button, and a WebSocket"),
    Command("chat", "chat", "the same mind by text, with its plan if wanted"),
    Command("practice", "practice", "you support, Warmline plays who seeks support, and tells you how it went"),
    Command("explain", "explain", "why each reply of a kept call was what it was"),
    Command("report", "report", "the report of a kept call: text, PDF, picture, captions, JSON"),
    Command("transcribe", "transcribe", "recordings as text, subtitles, or words with times"),
    Command("analyse", "analyse", "words, prosody, emotion and vocal events of a recording, in time"),
    Command("say", "say", "speak a text in a style"),
    Command("voices", "voices", "list the voices, audition the styles"),
    Command("weights", "weights", "list, fetch and verify the models' weights"),
    Command("licences", "licences", "what this is made of and under which licences; an SBOM"),
    Command("doctor", "doctor", "what works on this machine, what is missing, and what to do about it"),
    Command("settings", "settings", "show every setting, its value and where it came from"),
    Command("eval asr", "eval_asr", "word error rate and delay of recognition"),
    Command("eval turns", "eval_turns", "when we answer, and when we let ourselves be interrupted"),
    Command("eval backchannels", "eval_backchannels", 'where our "mm-hm" falls while somebody talks'),
    Command("eval emotion", "eval_emotion", "emotion from the voice against a labelled corpus"),
    Command("eval speakers", "eval_speakers", "whether the caller's voice is told from others'"),
    Command("eval words", "eval_words", "emotion of the words against annotated text"),
    Command("eval disagreement", "eval_disagreement", "the flag for a voice and words that say opposite things"),
    Command("eval causes", "eval_causes", "which lines carry the cause of an emotion, against annotated dialogues"),
    Command("memory", "memory", "what is remembered of callers: list, export, correct, forget"),
    Command("eval seeker", "eval_seeker", "facts about the person found in labelled talks"),
    Command("eval memory", "eval_memory", "what comes to mind of earlier calls, and what is left after forgetting"),
    Command("eval mi", "eval_mi", "codes of motivational interviewing against annotated talks"),
    Command("eval events", "eval_events", "cries, laughs, coughs and whispers against labelled recordings"),
    Command("eval tone", "eval_tone", "what each style changes in the voice, measured on the wave"),
    Command("eval coherence", "eval_coherence", "whether the tone follows the plan from turn to turn"),
    Command("eval strategy", "eval_strategy", "the strategy planner against annotated conversations"),
    Command("eval feedback", "eval_feedback", "whether people's marks are foreseen, and whether that helps to choose"),
    Command("eval openings", "eval_openings", "how calls are opened: early or unwished advice, favourites"),
    Command("eval realise", "eval_realise", "whether replies do what was planned, on simulated callers"),
    Command("eval protocol", "eval_protocol", "the safety protocol with simulated callers, judged by the rubric"),
    Command("eval conversation", "eval_conversation", "whole conversations with simulated seekers, text or aloud"),
    Command("eval relief", "eval_relief", "what moves simulated seekers, beside what people reported of real talks"),
    Command("eval languages", "eval_languages", "what the language model can do in each language"),
    Command("eval safety", "eval_safety", "the risk screen on labelled utterances, clean and misheard"),
    Command("eval guard", "eval_guard", "the guard of replies on labelled pieces, and on a hostile model"),
    Command(
        "eval honesty", "eval_honesty", "whole talks with the configured model, read for diagnosis, dose, claimed life"
    ),
    Command("helplines", "helplines", "list and check the helplines that callers are told"),
    Command("cluster", "cluster", "the model stages on more than one machine, through Ray Serve"),
    Command("console", "console", "operators take callers who agreed to talk with a person"),
    Command("audit", "audit", "verify the record of safety decisions"),
    Command("referrals", "referrals", "yearly counts of referrals, without identifiers"),
    Command("train emotion", "train_emotion", "train the emotion head on labelled corpora"),
    Command("train safety", "train_safety", "train the model behind the risk screen"),
    Command("train words", "train_words", "train the text encoder and what reads the words"),
    Command("train turns", "train_turns", "train what tells the end of a turn, on any speech and text"),
    Command("train strategy", "train_strategy", "train the strategy planner on annotated conversations"),
    Command("train feedback", "train_feedback", "train the lookahead on talks that people marked"),
    Command("train kinds", "train_kinds", "train the judge of what our replies do"),
    Command("train llm", "train_llm", "tune the embedded language model to the plans (LoRA)"),
    Command("bench batching", "bench_batching", "recognition of several calls in one batch against one at a time"),
    Command("bench load", "bench_load", "many calls at once: delays, losses and cost by number of calls"),
    Command("bench wire", "bench_wire", "many calls at once through a whole server and its sockets"),
    Command("bench crash", "bench_crash", "what is lost when the server is killed without warning"),
    Command("bench reconnect", "bench_reconnect", "calls whose connection breaks: does the talk go on?"),
    Command("bench simulate", "bench_simulate", "a plan past these machines, from measured costs"),
    Command("bench soak", "bench_soak", "long calls: memory, errors, the stream clock"),
    Command("bench voice", "bench_voice", "what the voice costs, and how clean and exact it is"),
    Command("bench page", "bench_page", "the call page in a browser: greeting heard, and voice to voice"),
    Command("bench fuzz", "bench_fuzz", "hostile frames against every wire: crashes, hangs, memory"),
    Command("bench phone", "bench_phone", "what a telephone's codec and our change of rate add to the delay"),
    Command("bench cluster", "bench_cluster", "what a cluster holds and survives, with stand-ins for models"),
    Command("bench latency", "bench_latency", "voice-to-voice delay, from recorded audio"),
)

EPILOG = """\
start here:
  warmline weights fetch                  the embedded models, once
  warmline reply demos/audio/exam.wav -o reply.wav
  warmline talk                           with your microphone

Warmline is no therapist and no crisis service. If your life may be in danger, call your local emergency number.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_help())
        return 0
    if words[0] in {"-V", "--version"}:
        print(f"warmline {version('warmline')}")
        return 0
    command, rest = _find(words)
    if command is None:
        return _unknown(words)
    module = importlib.import_module(f"warmline.server.commands.{command.module}")
    parser = argparse.ArgumentParser(
        prog=f"warmline {command.words}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.arguments(parser)
    args = parser.parse_args(rest)
    try:
        return int(module.run(args))
    except WarmlineError as error:
        print(f"warmline: {error}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print("\nwarmline: stopped", file=sys.stderr)
        return 130


def _find(words: list[str]) -> tuple[Command | None, list[str]]:
    for count in (2, 1):
        wanted = " ".join(words[:count])
        for command in COMMANDS:
            if command.words == wanted:
                return command, words[count:]
    return None, words


def _unknown(words: list[str]) -> int:
    group = [command for command in COMMANDS if command.words.startswith(f"{words[0]} ")]
    if group:
        print(f"usage: warmline {words[0]} COMMAND ...\n\ncommands:\n{_table(group)}", file=sys.stderr)
        return 0 if len(words) > 1 and words[1] in {"-h", "--help"} else 2
    known = sorted({command.words.split()[0] for command in COMMANDS})
    close = difflib.get_close_matches(words[0], known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    print(f"warmline: there is no command {words[0]!r}{hint} See: warmline --help", file=sys.stderr)
    return 2


def _help() -> str:
    return (
        "usage: warmline COMMAND ...\n\n"
        "A self-hosted voice agent for emotional support.\n\n"
        f"commands (each has --help):\n{_table(list(COMMANDS))}\n\n{EPILOG}"
    )


def _table(commands: list[Command]) -> str:
    return "\n".join(f"  {command.words:<16}{command.summary}" for command in commands)


if __name__ == "__main__":
    sys.exit(main())
