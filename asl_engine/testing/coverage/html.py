"""The report for people: a page for each definition, its lines coloured, and an index. No scripts, nothing loaded.

Colour never stands alone: each line has a sign, and what is missing stands in words below its line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, Literal

from asl_engine.definition.source.pointer import join_pointer
from asl_engine.testing.coverage.covered import CoveredDefinition, CoveredPoint, Share
from asl_engine.testing.coverage.points import KINDS, Kind, Point
from asl_engine.testing.coverage.terminal import HEADINGS, percent_text, shown_name, total_share

_WITH_LINES: Final[frozenset[Kind]] = frozenset({"state", "choice", "retrier", "catcher"})

Verdict = Literal["covered", "partly", "missed", "excluded", ""]
_SIGNS: Final[dict[Verdict, str]] = {"covered": "+", "partly": "~", "missed": "!", "excluded": "#", "": ""}
_WORDS: Final[dict[Verdict, str]] = {
    "covered": "happened",
    "partly": "happened in part",
    "missed": "did not happen",
    "excluded": "excluded (asl: no cover)",
    "": "",
}
_STYLE: Final = """
:root { color-scheme: light dark; --covered: #d8f0d8; --partly: #fdf0c4; --missed: #fbdcdc; --excluded: #e8e8ee;
  --quiet: #595959; --line: #c8c8c8 }
@media (prefers-color-scheme: dark) { :root { --covered: #17381c; --partly: #413708; --missed: #4a1b1b;
  --excluded: #2c2c34; --quiet: #b0b0b0; --line: #555 } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 75rem; padding: 0 1rem }
table { border-collapse: collapse } th, td { padding: .2rem .7rem; text-align: right }
th:first-child, td:first-child { text-align: left } tbody tr, tfoot tr { border-top: 1px solid var(--line) }
.code { overflow-x: auto; padding: 0; list-style: none; font: .85rem/1.45 ui-monospace, monospace }
.code li { display: grid; grid-template-columns: 4ch 2ch 1fr; column-gap: 1ch; padding: 0 .5rem }
.code code { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
.code .n { color: var(--quiet); text-align: right; user-select: none } .code .note { grid-column: 3; font-weight: 600 }
.covered { background: var(--covered) } .partly { background: var(--partly) }
.missed { background: var(--missed) } .excluded { background: var(--excluded) }
.legend span { padding: .1rem .6rem; margin-right: .6rem }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
"""


def write_html(definitions: Sequence[CoveredDefinition], folder: Path) -> None:
    """Write `index.html` and a page for each definition into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number:03d}-{_file_name(shown_name(one))}.html" for number, one in enumerate(definitions, 1)]
    folder.joinpath("index.html").write_text(_index(definitions, names), encoding="utf-8")
    for one, name in zip(definitions, names, strict=True):
        folder.joinpath(name).write_text(_page(one), encoding="utf-8")


def _file_name(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in ".-") else "-" for c in name).strip("-")[-80:]


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style></head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _index(definitions: Sequence[CoveredDefinition], names: Sequence[str]) -> str:
    kinds = [kind for kind in KINDS if total_share(definitions, kind).total]
    heading = "<h1>Coverage of state machines</h1>"
    if not definitions:
        return _document("Coverage of state machines", f"{heading}\n<p>No state machine was run.</p>")
    rows = [
        _row(f'<a href="{name}">{escape(shown_name(one))}</a>', [one.shares()[kind] for kind in kinds], one.share)
        for one, name in zip(definitions, names, strict=True)
    ]
    total = _row("all", [total_share(definitions, kind) for kind in kinds], total_share(definitions))
    head = "".join(f'<th scope="col">{text}</th>' for text in ["definition", *_headings(kinds), "covered"])
    table = (
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n<tfoot>{total}</tfoot>\n</table>"
    )
    return _document("Coverage of state machines", f"{heading}\n{table}")


def _headings(kinds: Sequence[Kind]) -> list[str]:
    return [HEADINGS[kind] for kind in kinds]


def _row(first: str, shares: Sequence[Share], whole: Share) -> str:
    cells = "".join(f"<td>{share}</td>" for share in shares)
    return f'<tr><th scope="row">{first}</th>{cells}<td>{percent_text(whole)}</td></tr>\n'


def _page(one: CoveredDefinition) -> str:
    name = shown_name(one)
    counts = ", ".join(f"{HEADINGS[kind]} {share}" for kind, share in one.shares().items() if share.total)
    legend = "".join(
        f'<span class="{verdict}">{_SIGNS[verdict]} {words}</span>' for verdict, words in _WORDS.items() if verdict
    )
    lines = "\n".join(_lines(one))
    return _document(
        f"{name}: {percent_text(one.share)} covered",
        f'<p><a href="index.html">all definitions</a></p>\n<h1>{escape(name)}: {percent_text(one.share)} covered</h1>\n'
        f'<p>{escape(counts)}</p>\n<p class="legend">{legend}</p>\n<ol class="code">\n{lines}\n</ol>',
    )


def _lines(one: CoveredDefinition) -> Iterator[str]:
    at: defaultdict[int, list[CoveredPoint]] = defaultdict(list)
    for point in one.points:
        at[point.line].append(point)
    missing = {point.point.id for point in one.missing}
    around = _verdicts_around(one)
    for number, text in enumerate(one.lines, 1):
        notes = [point.point for point in at[number] if point.point.id in missing]
        own = _verdict(at[number])
        yield _line(number, text, own or around.get(number, ""), _WORDS[own], notes)


def _line(number: int, text: str, verdict: Verdict, words: str, missing: Sequence[Point]) -> str:
    said = f'<span class="said">{words}</span>' if words else ""
    colour = f' class="{verdict}"' if verdict else ""
    notes = "".join(f'<span class="note">{escape(point.state)} {escape(point.missing)}</span>' for point in missing)
    return (
        f'<li id="L{number}"{colour}><span class="n">{number}</span>'
        f'<span aria-hidden="true">{_SIGNS[verdict]}</span><code>{escape(text)}</code>{said}{notes}</li>'
    )


def _verdicts_around(one: CoveredDefinition) -> dict[int, Verdict]:
    """Of lines that stand inside of a state, a Choice rule, a Retrier or a Catcher: that one's."""
    inside: defaultdict[str, list[CoveredPoint]] = defaultdict(list)
    for point in one.points:
        if point.point.kind in _WITH_LINES:
            inside[point.point.pointer].append(point)
    verdicts: dict[int, Verdict] = {}
    _colour(one, one.document.value, "", "", inside, verdicts)
    return verdicts


def _colour(
    one: CoveredDefinition,
    node: Any,
    pointer: str,
    verdict: Verdict,
    inside: Mapping[str, list[CoveredPoint]],
    verdicts: dict[int, Verdict],
) -> None:
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, member in members:
        place = join_pointer(pointer, key)
        below = _verdict(inside[place]) if place in inside else verdict
        verdicts.setdefault(one.document.key_position(place)[0], below)
        _colour(one, member, place, below, inside, verdicts)


def _verdict(points: Sequence[CoveredPoint]) -> Verdict:
    wanted = [point for point in points if point.counts]
    if not wanted:
        return "excluded" if points else ""
    happened = [point for point in wanted if point.hits]
    if not happened:
        return "missed"
    return "covered" if len(happened) == len(wanted) else "partly"
