"""Every example of README.md runs and prints what it says; its links and its two commands name what exists.

What a fenced block's first word means: `python` is run (the blocks of a section as one program, one with
`def test_` by pytest), and what it prints is compared with its comments; `console` is run by a shell, command by
command, and compared with what stands below each; `json NAME`, `python NAME` and their like are files for the
blocks after them; `sh` are the two commands, checked here without the network and run by `.ci/run`; `text` and
`mermaid` are pictures. Any other block fails, so that none goes untested.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from asl_engine.cli.commands import COMMANDS
from asl_engine.values import read_json

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURES = ("text", "mermaid")
FILES = ("json", "yaml", "ini", "toml")
PLUGIN = "asl_engine.testing.plugin"
PLUGIN_IS_INSTALLED = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))


@dataclass(frozen=True)
class Block:
    """A fenced block: the words after the fence, its text, the line of its first line, the section above it."""

    words: tuple[str, ...]
    text: str
    line: int
    section: str

    @property
    def kind(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def file(self) -> str:
        """The file that the block is, "" if it is none."""
        return self.words[1] if len(self.words) == 2 else ""


def blocks_of(readme: str) -> list[Block]:
    """Every fenced block, in order."""
    found: list[Block] = []
    section, opened = "", 0
    words: tuple[str, ...] = ()
    lines = readme.splitlines()
    for number, line in enumerate(lines, 1):
        if opened:
            if line == "```":
                found.append(Block(words, "\n".join(lines[opened : number - 1]) + "\n", opened + 1, section))
                opened = 0
        elif line.startswith("```"):
            opened, words = number, tuple(line[3:].split())
        elif line.startswith("## "):
            section = line[3:]
    assert not opened, f"the block of line {opened} does not end"
    return found


BLOCKS = blocks_of(README)


def examples(*kinds: str) -> pytest.MarkDecorator:
    chosen = [block for block in BLOCKS if block.kind in kinds]
    return pytest.mark.parametrize("block", chosen, ids=[f"line {block.line}" for block in chosen])


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder as the README's reader has it: the samples, and the files that earlier blocks show."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    last = request.getfixturevalue("block").line if "block" in request.fixturenames else 0
    for block in BLOCKS:
        if block.line < last and block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    return tmp_path


# A machine that builds says so in CI or BUILD_NUMBER, and pytest then cuts no line of its summary; the others colour.
SAID_BY_THE_MACHINE = ("BUILD_NUMBER", "CI", "FORCE_COLOR", "PY_COLORS", "TTY_COMPATIBLE")


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The shell's variables but those that change what is printed, with this checkout's `asl` and `pytest` on the PATH.

    The commands are this checkout's whether it is installed or not.
    """
    commands = tmp_path_factory.mktemp("bin")
    plugin = "-p no:cacheprovider" + ("" if PLUGIN_IS_INSTALLED else f" -p {PLUGIN}")
    for name, module in (("asl", "-m asl_engine"), ("pytest", f"-m pytest {plugin}"), ("python", "")):
        script = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n'
        (commands / name).write_text(script, encoding="utf-8")
        (commands / name).chmod(0o755)
    return {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "PYTEST_")) and name not in SAID_BY_THE_MACHINE
        },
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "COLUMNS": "80",
    }


def test_no_block_goes_untested() -> None:
    known = ("python", "console", "sh", *FILES, *PICTURES)
    assert [(block.line, block.kind) for block in BLOCKS if block.kind not in known] == []
    assert {block.kind for block in BLOCKS} >= {"python", "console", "sh"}


def test_every_file_is_used_by_a_command_below() -> None:
    for block in BLOCKS:
        if block.file:
            below = [one.text for one in BLOCKS if one.kind in ("console", "python") and one.line > block.line]
            assert any(block.file.replace(".cases.", ".") in text for text in below), block.file


SCRIPTS = [block for block in BLOCKS if block.kind == "python" and not block.file and "def test_" not in block.text]
TESTS = [block for block in BLOCKS if block.kind == "python" and not block.file and "def test_" in block.text]


@pytest.mark.parametrize("section", list(dict.fromkeys(block.section for block in SCRIPTS)))
def test_python_of_a_section_prints_what_it_says(section: str, folder: Path, environment: dict[str, str]) -> None:
    """The blocks of a section are one program, whose lines have the numbers that they have in the README."""
    program = ""
    for block in SCRIPTS:
        if block.section == section:
            program += "\n" * (block.line - 1 - program.count("\n")) + block.text
    (folder / "README.py").write_text(program, encoding="utf-8")
    done = run("python README.py", folder, environment)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines() == printed(program)


@pytest.mark.parametrize("block", TESTS, ids=[f"line {block.line}" for block in TESTS])
def test_python_test_passes(block: Block, folder: Path, environment: dict[str, str]) -> None:
    (folder / "test_block.py").write_text(block.text, encoding="utf-8")
    done = run("pytest -q test_block.py", folder, environment)
    assert done.returncode == 0, done.stdout


def run(command: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A line of the shell, with both outputs as one."""
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=60,
    )  # fmt: skip


def printed(text: str) -> list[str]:
    """What the comment behind (or in the lines below) each `print` says that it prints."""
    found = re.finditer(r"^ *print\(.*\)(?:  (# .*)|((?:\n# .*)+))$", text, re.MULTILINE)
    comments = "\n".join((match[1] or match[2]).strip() for match in found)
    return [comment.removeprefix("# ") for comment in comments.splitlines()]


@examples("console")
def test_console_block(block: Block, folder: Path, environment: dict[str, str]) -> None:
    for command, shown in sessions(block.text):
        done = run(command, folder, environment)
        assert settled(done.stdout, folder) == settled(shown, folder), command


def settled(text: str, folder: Path) -> str:
    """An output without what is different in every run: the folder, how long the tests took."""
    return re.sub(r" in \d+\.\d+( ?)s$", r" in 0.1\1s", text.replace(f"{folder}{os.sep}", ""), flags=re.MULTILINE)


def sessions(text: str) -> list[tuple[str, str]]:
    """(command, what it shows) of a console block, in which `$ ` begins a command."""
    assert text.startswith("$ ")
    parts = [part.partition("\n") for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]]
    return [(command, shown) for command, _, shown in parts]


@examples("json", "toml")
def test_file_is_well_formed(block: Block) -> None:
    if block.kind == "json":
        read_json(block.text)
    else:
        tomllib.loads(block.text)


COMMANDS_FROM_NOTHING = [block.text.strip() for block in BLOCKS if block.kind == "sh"]


def test_the_two_commands_are_one_line_each() -> None:
    assert len(COMMANDS_FROM_NOTHING) == 2
    assert [command for command in COMMANDS_FROM_NOTHING if "\n" in command] == []


@pytest.mark.parametrize("command", COMMANDS_FROM_NOTHING, ids=["run", "tests"])
def test_command_from_nothing_names_what_exists(command: str) -> None:
    make, install, use = (shlex.split(part) for part in command.split(" && "))
    assert make == ["python3", "-m", "venv", ".venv"]
    assert install[:2] == [".venv/bin/pip", "install"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = re.fullmatch(r"\.(?:\[(\w+)\])?", install[-1])
    assert asked is not None and (asked[1] is None or asked[1] in project["optional-dependencies"])
    assert use[0].removeprefix(".venv/bin/") in ("python", *project["scripts"])
    assert [path for path in re.findall(r"samples/[\w./-]+", command) if not (ROOT / path).exists()] == []


def test_the_first_command_prints_the_output_of_its_sample(environment: dict[str, str]) -> None:
    command = COMMANDS_FROM_NOTHING[0].split(" && ")[-1].removeprefix(".venv/bin/")
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    expected = ROOT / "samples" / "order-saga" / "expected_output.json"
    assert read_json(done.stdout) == read_json(expected.read_text(encoding="utf-8"))


def test_every_command_of_the_command_line_is_in_its_table() -> None:
    named = re.findall(r"^\| `asl ([a-z-]+)", README, re.MULTILINE)
    assert sorted(named) == sorted(command.name for command in COMMANDS)


def test_links_lead_somewhere() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)", README, re.M)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", README):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target


def test_a_block_that_is_wrong_is_found() -> None:
    """The checks above can fail: a print whose comment lies, a block without end."""
    assert printed("print(1)  # 1\nprint(2)\n# 2\nx = 3  # 3\n") == ["1", "2"]
    assert sessions("$ a\nb\n$ c\n") == [("a", "b\n"), ("c", "")]
    with pytest.raises(AssertionError, match="does not end"):
        blocks_of("```python\nprint(1)\n")
