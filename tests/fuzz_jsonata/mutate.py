"""Changes expressions a little: most are then no expressions any more, and both must say so alike."""

from __future__ import annotations

import re
from random import Random

TOKENS = re.compile(
    r"""\s+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|/\*.*?\*/|\$?\w+|\.\.|:=|!=|<=|>=|~>|\*\*|.""", re.DOTALL
)
INSERTS = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    "..",
    ",",
    ";",
    ":",
    ":=",
    "?",
    "??",
    "?:",
    "+",
    "-",
    "*",
    "**",
    "/",
    "%",
    "&",
    "=",
    "!=",
    "<",
    ">",
    "<=",
    ">=",
    "~>",
    "|",
    "^",
    "@",
    "#",
    "~",
    "!",
    "$",
    "$$",
    "and",
    "or",
    "in",
    "function",
    "λ",
    "true\nnull",
    "0",
    "1",
    "-1",
    "1.5",
    "1e400",
    "1e-400",
    ".5",
    "5.",
    "007",
    "'q",
    '"s"',
    "`b`",
    "/r/",
    "/*",
    "*/",
    "$x",
    "$f",
    "a",
    "missing",
    "%",
    "%.%",
    "@$x",
    "#$i",
    "^(a)",
    "[0]",
    "[]",
    "{}",
    "()",
    "\\",
    "é",
    "😀",
    "\t",
    '"\\u00e9"\n"\\x"',
    "9007199254740993",
    "1e21",
]


def mutate(expression: str, others: list[str], random: Random) -> str:
    """`expression` with one to three changes of tokens or characters, or grafted with another."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        expression = random.choice(_CHANGES)(expression, others, random)
    return expression[:2000]


def _of_tokens(expression: str, others: list[str], random: Random) -> str:
    tokens = TOKENS.findall(expression) or [""]
    at = random.randrange(len(tokens))
    what = random.randrange(5)
    if what == 0:
        del tokens[at]
    elif what == 1:
        tokens.insert(at, random.choice(INSERTS))
    elif what == 2:
        tokens[at] = random.choice(INSERTS)
    elif what == 3:
        tokens.insert(at, tokens[random.randrange(len(tokens))])
    else:
        other = random.randrange(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    return "".join(tokens)


def _of_characters(expression: str, others: list[str], random: Random) -> str:
    at = random.randrange(len(expression) + 1)
    if random.random() < 0.5:
        return expression[:at] + expression[at + 1 :]
    return expression[:at] + random.choice("()[]{}.,;:?+-*/%&=<>~|^@#!$\"'`\\ a1λ\n\u00a0") + expression[at:]


def _graft(expression: str, others: list[str], random: Random) -> str:
    tokens = TOKENS.findall(expression) or [""]
    graft = TOKENS.findall(random.choice(others)) if others else [""]
    start = random.randrange(max(1, len(graft)))
    at = random.randrange(len(tokens))
    end = start + random.randint(1, 8)
    return "".join([*tokens[:at], *graft[start:end], *tokens[at + random.randint(0, 3) :]])


_CHANGES = (_of_tokens, _of_tokens, _of_characters, _graft)
