"""What can be set, section by section: one frozen class each, with its defaults. How settings are read and checked is
:mod:`warmline.server.config`; nothing here reads anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from warmline.dialogue.languages import ENGLISH, LANGUAGES
from warmline.dialogue.prompt.wording import line
from warmline.speech.runtime.errors import SettingsError

GREETING = (
    "Hello, this is Warmline. I'm an AI, not a person and not a therapist, and I'm here to listen. What's on your mind?"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A backend by name, and its options."""

    backend: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallSettings:
    """``greeting`` is said at the start of every call: by law and by our own rules it says that this is an AI.
    ``read_tone``: whether the voice's emotion may be inferred, with the person's consent. ``tone_consent``: how that
    is had: "given" (asked elsewhere, as by the page's box), "ask" (in speech, at the start) or "denied".
    ``notice_every_h``: hours after which it is said again that this is an AI. ``country``: ISO code for help lines, ""
    when unknown; ``number``: the caller's own number (+...), read for its country only. ``openings``: whether a reply
    may open with a short clause of ours, spoken while the model still reads ("Can I ask,"); without it every word is
    the model's, and comes later. ``steer``: whether the model is given the first words of the planned kind of reply;
    one tuned to the plans may need none. ``check``: is a draft's first sentence checked against the plan before it is
    spoken (English)? ``check_in_s``: silence after which we say that we are still here. ``names``: names and rare
    words that this caller may say, with commas between; recognition expects them, beside the operator's own
    ``asr.hotwords``. ``caller``: who calls, as a name that says nothing about them (never a telephone number); "" for
    nobody we could know again. ``languages``: those that replies may be in, with commas between, the one a call begins
    in first; a spoken call uses those of its voice. ``seed``: fixed randomness, for demonstrations and tests; -1 for
    fresh. ``backchannels``: whether we may say "mm-hm" while the person tells something; only where their voice may be
    read. ``speed``: how fast our voice speaks, 0.8 to 1.25 times its own rate; a caller may choose."""

    greeting: str = GREETING
    read_tone: bool = True
    tone_consent: str = "given"
    notice_every_h: float = 3.0
    country: str = ""
    number: str = ""
    openings: bool = True
    steer: bool = True
    check: bool = True
    check_in_s: float = 25.0
    names: str = ""
    caller: str = ""
    languages: str = ENGLISH
    seed: int = -1
    backchannels: bool = False
    speed: float = 1.0

    @property
    def tongues(self) -> tuple[str, ...]:
        """The languages one by one. Raises SettingsError for one that replies are not written in."""
        found = tuple(dict.fromkeys(code.strip().lower() for code in self.languages.split(",") if code.strip()))
        unknown = [code for code in found if code not in LANGUAGES]
        if unknown or not found:
            raise SettingsError(
                f"call.languages takes {', '.join(LANGUAGES)} with commas between, not {self.languages!r}"
            )
        return found

    @property
    def hello(self) -> str:
        """The greeting in the language the call begins in; one of the operator's own stays as it is."""
        first = self.tongues[0]
        own = self.greeting != GREETING or first == ENGLISH
        return self.greeting if own else line("call", "greeting", (), first)

    @property
    def expected(self) -> tuple[str, ...]:
        """The caller's names one by one."""
        return tuple(name.strip() for name in self.names.split(",") if name.strip())


@dataclass(frozen=True, slots=True)
class FrontSettings:
    """What WebRTC's module does to the sound card's microphone: ``echo`` takes our own voice out, ``high_pass`` rumble,
    ``noise`` noise, ``gain`` sets the level. The last two are off because recognition is worse with them."""

    echo: bool = True
    high_pass: bool = True
    noise: bool = False
    gain: bool = False


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where ``warmline serve`` listens, and how many calls it takes at once before it says kindly that it is busy.
    ``ice``: STUN and TURN servers of yours for WebRTC, with commas between (turn:turn.example.org:3478). ``tokens``:
    what programs must show, with commas between; "" lets every program call that reaches the server.
    ``calls_per_token`` and ``calls_per_address``: how many of ``max_calls`` one token (with the client secrets made
    from it) and one network address may have; 0 for all. Behind a proxy all clients have the proxy's address.
    ``drain_s``: so long calls may go on after SIGTERM before they are told that the service restarts; long, because a
    restart is no reason to leave somebody in the middle of a bad hour. ``most_lag_ms``: where the event loop runs later
    than this, no new call is taken; 0 takes them all the same."""

    host: str = "127.0.0.1"
    port: int = 8040
    max_calls: int = 2
    ice: str = ""
    tokens: str = ""
    calls_per_token: int = 0
    calls_per_address: int = 0
    drain_s: float = 1_800.0
    most_lag_ms: float = 1_500.0

    @property
    def ice_servers(self) -> tuple[str, ...]:
        """The servers one by one."""
        return tuple(url.strip() for url in self.ice.split(",") if url.strip())

    @property
    def each_token(self) -> tuple[str, ...]:
        """The tokens one by one."""
        return tuple(token.strip() for token in self.tokens.split(",") if token.strip())


@dataclass(frozen=True, slots=True)
class CareSettings:
    """What holds for the people who call. ``jurisdiction``: whose law, such as us-ca, us-ny, us-il, eu; "" for none in
    particular. ``setting``: private, work or school; at work and at school no emotion is read from a voice.
    ``helplines``: a table of the operator's own lines, named before all others. ``audit``: the file of safety
    decisions, "" for none."""

    jurisdiction: str = ""
    setting: str = "private"
    helplines: str = ""
    audit: str = ""


@dataclass(frozen=True, slots=True)
class HandoffSettings:
    """Who takes over from us when a person asks for a person, or is in danger. ``by``: none, webhook, console or
    transfer. ``url``: the webhook's address (https). ``secret``: signs what is sent there. ``number``: where a
    telephone call is transferred to (+442079460123; an extension for Asterisk). ``wait_s``: how long somebody may take
    to answer before we say the number instead."""

    by: str = "none"
    url: str = ""
    secret: str = ""
    number: str = ""
    wait_s: float = 60.0


@dataclass(frozen=True, slots=True)
class LogSettings:
    """``format``: text, or json for machines. ``words``: whether logs may hold what callers say. Off unless an operator
    turns it on."""

    level: str = "warning"
    format: str = "text"
    words: bool = False


@dataclass(frozen=True, slots=True)
class TracingSettings:
    """``endpoint``: where an OpenTelemetry collector takes traces (http://127.0.0.1:4318/v1/traces); "" for none."""

    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What is kept beyond a call. ``url``: a SQLite file's path, or postgresql://...; "" keeps nothing. ``key``: what
    seals it (``warmline memory key`` makes one); several with commas between, the first closes, all open.
    ``plaintext``: keep words readable, without a key. ``days``: age at which calls and memory are erased; 0 never."""

    url: str = ""
    key: str = ""
    plaintext: bool = False
    days: int = 90


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """``consent``: whether a caller's words may be kept and remembered in later calls: ``ask`` them in the call,
    ``yes`` where they have agreed elsewhere, ``no``. What the caller says in a call goes before it."""

    consent: str = "ask"


@dataclass(frozen=True, slots=True)
class TelephonySettings:
    """Telephones. ``public_url``: this server as a provider reaches it, https://calls.example.org. ``twilio_token``,
    ``plivo_token``, ``telnyx_key`` (Telnyx's public key): what a provider signs with; without it its webhook is
    closed. ``caller_key``: a secret of yours by which a number is the same caller in a later call; "" knows nobody
    again. ``audiosocket``: where to listen for Asterisk, as host:port; "" for nowhere. ``asterisk_token``: what
    Asterisk's WebSocket channel shows; "" closes it."""

    public_url: str = ""
    twilio_token: str = ""
    plivo_token: str = ""
    telnyx_key: str = ""
    caller_key: str = ""
    audiosocket: str = ""
    asterisk_token: str = ""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """``address``: of a Ray cluster (auto: the one on this machine) whose other servers can go on with the calls of
    this one, should it vanish; "" where it is alone."""

    address: str = ""


SECRET = frozenset(
    {
        "store.key",
        "handoff.secret",
        "server.tokens",
        "telephony.twilio_token",
        "telephony.plivo_token",
        "telephony.caller_key",
        "telephony.asterisk_token",
    }
)
"""Settings whose value is never shown."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. ``other_voice``: speaks the languages that ``voice`` does not, "" for none.
    ``cache``: the folder of joined weights, "" for the platform's own."""

    vad: Choice = Choice("silero")
    turn: Choice = Choice("encoder")
    asr: Choice = Choice("faster_whisper")
    tagger: Choice = Choice("encoder_probe")
    llm: Choice = Choice("llama_cpp")
    spare_llm: Choice = Choice("")
    diarize: Choice = Choice("none")
    denoise: Choice = Choice("none")
    voice: Choice = Choice("hibari")
    spare_voice: Choice = Choice("piper")
    other_voice: Choice = Choice("")
    call: CallSettings = CallSettings()
    front: FrontSettings = FrontSettings()
    server: ServerSettings = ServerSettings()
    log: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()
    store: StoreSettings = StoreSettings()
    memory: MemorySettings = MemorySettings()
    care: CareSettings = CareSettings()
    handoff: HandoffSettings = HandoffSettings()
    telephony: TelephonySettings = TelephonySettings()
    cluster: ClusterSettings = ClusterSettings()
    cache: str = ""
