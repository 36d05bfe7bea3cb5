"""Draws expressions from the whole grammar of JSONata 2.0.6, sensible and senseless ones."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.fuzz_jsonata.documents import NAMES

FUNCTIONS: dict[str, str] = {
    "sum": "A",
    "count": "A",
    "max": "A",
    "min": "A",
    "average": "A",
    "string": "xb?",
    "substring": "snn?",
    "substringBefore": "ss",
    "substringAfter": "ss",
    "lowercase": "s",
    "uppercase": "s",
    "length": "s",
    "trim": "s",
    "pad": "sis?",
    "match": "srn?",
    "contains": "sR",
    "replace": "sRTi?",
    "split": "sRi?",
    "join": "Ws?",
    "formatNumber": "npo?",
    "formatBase": "nn?",
    "formatInteger": "nI",
    "parseInteger": "sI",
    "number": "x",
    "floor": "n",
    "ceil": "n",
    "round": "ni?",
    "abs": "n",
    "sqrt": "n",
    "power": "ni",
    "boolean": "x",
    "not": "x",
    "map": "af",
    "zip": "aa",
    "filter": "af",
    "single": "af",
    "reduce": "agx?",
    "sift": "of",
    "keys": "x",
    "lookup": "xs",
    "append": "xx",
    "exists": "x",
    "spread": "x",
    "merge": "O",
    "reverse": "a",
    "each": "of",
    "error": "s?",
    "assert": "bs?",
    "type": "x",
    "sort": "aq?",
    "distinct": "x",
    "base64encode": "s",
    "base64decode": "s",
    "encodeUrlComponent": "s",
    "encodeUrl": "s",
    "decodeUrlComponent": "s",
    "decodeUrl": "s",
    "toMillis": "t",
    "fromMillis": "mD?z?",
    "clone": "o",
}
"""Every built-in function that gives the same answer twice, with the kinds of its arguments."""

REGEXES = [
    r"/a/",
    r"/[a-z]+/",
    r"/(\w)(\w)/",
    r"/o/i",
    r"/\d+/",
    r"/^t/im",
    r"/(a)|(b)/",
    r"/,\s*/",
    r"/[^",
    r"]+$/",
    r"/(?:x|y)?z*/",
    r"/\bq/",
    r"/e(?=m)/",
    r"/./",
    r"/(p)(e)?/",
    r"/a*/",
    r"/\s/",
    r"/(.)\1/",
    r"/(?<n>i)n/",
    r"/[\u00e0-\u00ff]/",
    r"/(a+)+b/",
    r"/x{2,}/",
    r"/\S+@\S+/",
    r"/(?!a)./",
    r"/$/",
    r"/[aeiou]{1,2}?/",
]
PICTURES = [
    "#,##0.00",
    "0",
    "#0.0#",
    "00.000",
    "0%",
    "#0.##e0",
    "#;(#)",
    "0.0.0",
    "#,##,#0",
    "abc",
    "0e0",
    "'#'",
    "#.##0,0",
    "000",
    "#,##0.###",
]
INTEGER_PICTURES = ["0", "#,##0", "w", "W", "Ww", "I", "i", "A", "a", "00", "0;o", "w;o", "000", "#", "x", "Ww;o"]
DATE_PICTURES = [
    "[Y]-[M01]-[D01]",
    "[Y0001]",
    "[H01]:[m01]:[s01]",
    "[D1o]_[MNn]",
    "[FNn]",
    "[h]:[m]_[P]",
    "[W]",
    "[w]",
    "[X]",
    "[d]",
    "[Z]",
    "[z]",
    "[Y,2]",
    "[MNn,*-3]",
    "[YI]",
    "[f001]",
    "[Q]",
    "[Y",
    "[[x]]",
    "[Dwo]",
    "[F]",
    "[PN]",
]
TEXTS = [
    "",
    "a",
    "b",
    "abc",
    "The",
    " ",
    ",",
    "ink",
    "Ann",
    "12",
    "-3.5",
    "1e2",
    "0x1f",
    "é",
    "😀",
    "a b",
    "$1",
    "q$0",
    "\\n",
    "%20",
    "one",
    "XIV",
    "2024-01-05",
    "number",
    "\\u00e9",
    "true",
    "+0100",
]
NUMBERS = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "0.5",
    "2.5",
    "10",
    "1e3",
    "1.5e-3",
    "100",
    "7",
    "99",
    "1234.567",
    "1e20",
    "1709251199123",
]
OPERATORS = ["+", "-", "*", "/", "%", "&", "=", "!=", "<", ">", "<=", ">=", "and", "or", "in", "~>", ".."]
VARIABLES = ["$x", "$y", "$f", "$i", "$v", "$acc", "$"]


class Generator:
    """Draws expressions with one random source."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._kinds: dict[str, Callable[[int], str]] = {
            "n": self.number,
            "i": self.number,
            "s": self.text,
            "b": self.boolean,
            "x": self.any,
            "a": self.array,
            "A": self.numbers,
            "W": self.words,
            "o": self.object,
            "O": self.objects,
            "f": self.function,
            "g": self.reducer,
            "q": self.comparator,
            "r": self.regex,
            "R": lambda depth: self.pick(self.text, self.regex)(depth),
            "T": self.replacement,
            "p": lambda depth: self.quoted(PICTURES),
            "I": lambda depth: self.quoted(INTEGER_PICTURES),
            "D": lambda depth: self.quoted(DATE_PICTURES).replace("_", " "),
            "t": lambda depth: self.random.choice(["when", '"2024-01-05"', '"2018-02-30T10:00:00+0100"', "text"]),
            "m": lambda depth: self.random.choice(["0", "1709251199123", "-1", "nums[0]", "total"]),
            "z": lambda depth: self.random.choice(['"+0100"', '"-0530"', '"Z"', "missing"]),
        }

    def pick(self, *choices: Callable[[int], str]) -> Callable[[int], str]:
        return self.random.choice(choices)

    def quoted(self, texts: list[str]) -> str:
        return f'"{self.random.choice(texts)}"'

    def expression(self) -> str:
        """One expression."""
        return self.any(self.random.choice((1, 2, 2, 3, 3, 4)))

    def any(self, depth: int) -> str:
        """Any expression with at most `depth` nested parts."""
        if depth <= 0:
            return self.leaf()
        choices = (
            self.path,
            self.path,
            self.path,
            self.call,
            self.call,
            self.call,
            self.binary,
            self.binary,
            self.array,
            self.object,
            self.condition,
            self.block,
            self.number,
            self.text,
            self.boolean,
            self.applied,
            self.unary,
            self.grouped,
            self.transform,
            self.sorted,
            self.lambda_call,
            self.chain,
            self.ranged,
            self.partial,
        )
        return self.pick(*choices)(depth)

    def leaf(self) -> str:
        kind = self.random.random()
        if kind < 0.45:
            return self.random.choice(NAMES)
        if kind < 0.6:
            return self.random.choice(NUMBERS)
        if kind < 0.75:
            return self.quoted(TEXTS)
        return self.random.choice(
            ["true", "false", "null", "$", "$$", "*", "**", "missing", "[]", "{}", "$x", "%", "'q'", "`a`", "$i", "$v"]
        )

    # --- kinds of values

    def number(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.4:
            return self.random.choice([*NUMBERS, "nums[1]", "order.total", "a", "zero"])
        left, right = self.number(depth - 1), self.number(depth - 1)
        return self.random.choice(
            [
                f"{left} {self.random.choice('+-*/%')} {right}",
                f"-{left}",
                f"({left})",
                f"$sum({self.numbers(depth - 1)})",
                f"$count({self.array(depth - 1)})",
                f"$length({self.text(depth - 1)})",
                self.any(depth - 1),
            ]
        )

    def text(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.5:
            return self.random.choice([self.quoted(TEXTS), "text", "order.id", "d", "words[0]", self.quoted(TEXTS)])
        return self.random.choice(
            [
                f"{self.text(depth - 1)} & {self.any(depth - 1)}",
                f"$string({self.any(depth - 1)})",
                f"$uppercase({self.text(depth - 1)})",
                self.any(depth - 1),
            ]
        )

    def boolean(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.2:
            return self.random.choice(["true", "false", "paid", "order.paid"])
        left, right = self.any(depth - 1), self.any(depth - 1)
        operator = self.random.choice(["=", "!=", "<", ">", "<=", ">=", "and", "or", "in"])
        return f"{left} {operator} {right}"

    def array(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.3:
            return self.random.choice(
                ["nums", "words", "mixed", "order.lines", "stores.staff", "b", "f", "e", "[1..3]", "[]"]
            )
        items = [self.any(depth - 1) for _ in range(self.random.randint(0, 3))]
        return self.random.choice(
            [f"[{', '.join(items)}]", self.any(depth - 1), f"[{self.number(0)}..{self.number(0)}]"]
        )

    def numbers(self, depth: int) -> str:
        return self.random.choice(["nums", "order.lines.price", "stores.open", "b", "[1, 2, 3.5]", self.array(depth)])

    def words(self, depth: int) -> str:
        return self.random.choice(["words", "order.lines.sku", "stores.city", '["a", "b"]', self.array(depth)])

    def object(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.3:
            return self.random.choice(["order", "stores[0]", "c", "{}", "order.customer", '{"a": 1}', "empty"])
        pairs = [f"{self.key(depth)}: {self.any(depth - 1)}" for _ in range(self.random.randint(0, 3))]
        return "{" + ", ".join(pairs) + "}"

    def key(self, depth: int) -> str:
        return self.random.choice(['"a"', '"b"', '"k"', "sku", "city", "n", self.text(depth - 1)])

    def objects(self, depth: int) -> str:
        return self.random.choice(["order.lines", "stores", "f", self.object(depth), f"[{self.object(depth - 1)}]"])

    # --- functions

    def function(self, depth: int) -> str:
        return self.random.choice(
            [
                f"function($v) {{{self.body(depth)}}}",
                f"function($v, $i) {{{self.body(depth)}}}",
                f"λ($v, $i, $a) {{{self.body(depth)}}}",
                "$string",
                "$uppercase",
                "$sum",
                "$boolean",
                "$not",
                "$exists",
                f"$substring(?, {self.number(0)})",
                f"function($v)<{self.signature()}> {{{self.body(depth)}}}",
                "$number ~> $string",
                self.random.choice(REGEXES),
                "$f",
                "$length",
            ]
        )

    def signature(self) -> str:
        return self.random.choice(
            ["s:s", "n-:n", "a<n>:n", "x?:x", "(sn)-:b", "j-j?:x", "af:a", "s+:s", "o-:x", "b?n:x", "<s>", "a<s"]
        )

    def body(self, depth: int) -> str:
        simple = [
            "$v",
            "$v != 1",
            "$v.price",
            "$v & 'x'",
            "$v.age",
            "$i",
            "$v = 'fig'",
            "$v.n",
            "$v[0]",
            "$string($v)",
            "$count($v)",
            "{'q': $v}",
        ]
        return self.random.choice([*simple, self.any(depth - 1)])

    def reducer(self, depth: int) -> str:
        return self.random.choice(
            [
                "function($acc, $v) {$acc + $v}",
                "function($acc, $v) {$acc & $v}",
                "$append",
                f"function($acc, $v, $i) {{{self.body(depth)}}}",
                "function($v) {$v}",
                "$max",
            ]
        )

    def comparator(self, depth: int) -> str:
        return self.random.choice(
            [
                "function($l, $r) {$l > $r}",
                "function($l, $r) {$l.price < $r.price}",
                "function($l, $r) {$string($l) > $string($r)}",
                "function($l, $r) {true}",
                self.function(depth),
            ]
        )

    def regex(self, depth: int) -> str:
        return self.random.choice(REGEXES)

    def replacement(self, depth: int) -> str:
        return self.random.choice(
            [
                '"-"',
                '"[$0]"',
                '"$1$2"',
                '"$$"',
                '"$"',
                "function($m) {$uppercase($m.match)}",
                '"$12"',
                self.any(depth - 1),
            ]
        )

    def call(self, depth: int) -> str:
        """A built-in with arguments of the right kinds; now and then of wrong ones, too few or too many."""
        name = self.random.choice(list(FUNCTIONS))
        kinds = FUNCTIONS[name].split("?")
        required, optional = (kinds[0][:-1], [kinds[0][-1], *kinds[1:-1]]) if len(kinds) > 1 else (kinds[0], [])
        chosen = list(required) + optional[: self.random.randint(0, len(optional))]
        args = [self.argument(kind, depth - 1) for kind in chosen]
        chance = self.random.random()
        if chance < 0.05 and args:
            args.pop(self.random.randrange(len(args)))
        elif chance < 0.08:
            args.append(self.any(depth - 1))
        return f"${name}({', '.join(args)})"

    def argument(self, kind: str, depth: int) -> str:
        return self.any(depth) if self.random.random() < 0.08 else self._kinds[kind](depth)

    def lambda_call(self, depth: int) -> str:
        return f"function($x, $y) {{{self.body(depth)}}}({self.any(depth - 1)}, {self.any(depth - 1)})"

    def partial(self, depth: int) -> str:
        name = self.random.choice(["substring", "pad", "append", "contains", "power", "map", "join"])
        args = [self.random.choice(["?", self.any(depth - 1)]) for _ in range(self.random.randint(1, 3))]
        return f"(${name}({', '.join(args)}))({self.any(depth - 1)})"

    def chain(self, depth: int) -> str:
        links = [
            self.random.choice(
                [
                    "$sum",
                    "$count",
                    "$uppercase",
                    "$string",
                    "$keys",
                    "$distinct",
                    "$reverse",
                    self.call(depth - 1),
                    self.function(depth - 1),
                    f"$map({self.function(depth - 1)})",
                    "$sort",
                    "$join",
                    "$f",
                ]
            )
            for _ in range(self.random.randint(1, 2))
        ]
        return " ~> ".join([self.any(depth - 1), *links])

    # --- structure

    def step(self, depth: int) -> str:
        chance = self.random.random()
        if chance < 0.6:
            return self.random.choice(NAMES)
        if chance < 0.7:
            return self.random.choice(["*", "**", "%", "$", "`a`", "'a'", '"lines"'])
        return self.random.choice(
            [
                f"({self.any(depth - 1)})",
                self.object(depth - 1),
                f"[{self.any(depth - 1)}]",
                self.call(depth - 1),
                "$x",
                "%.%",
            ]
        )

    def predicate(self, depth: int) -> str:
        return (
            "["
            + self.random.choice(
                [
                    "0",
                    "1",
                    "-1",
                    "0.5",
                    "price > 3",
                    "$ > 2",
                    "sku = 'pen'",
                    "[0, 1]",
                    "[0..1]",
                    "",
                    "tags",
                    "%.count > 1",
                    "$i = 1",
                    "a = 1",
                    self.any(depth - 1),
                    self.boolean(depth - 1),
                ]
            )
            + "]"
        )

    def path(self, depth: int) -> str:
        steps = [self.random.choice([self.random.choice(NAMES), self.step(depth), "order", "stores", "order.lines"])]
        steps += [self.step(depth) for _ in range(self.random.randint(0, 3))]
        return ".".join(step + self.suffix(depth) for step in steps)

    def suffix(self, depth: int) -> str:
        chance = self.random.random()
        if chance < 0.6:
            return ""
        if chance < 0.85:
            return self.predicate(depth)
        return self.random.choice(
            ["#$i", "@$x", "[]", f"^({self.order_terms(depth)})", "#$i[$i < 2]", "@$v.%", f"{{{self.key(depth)}: $}}"]
        )

    def order_terms(self, depth: int) -> str:
        term = self.random.choice(["price", "count", "sku", "$", "age", "a", "n", self.any(depth - 1)])
        return self.random.choice(["", "<", ">"]) + term + self.random.choice(["", "", ", >count", ", n"])

    def sorted(self, depth: int) -> str:
        return f"{self.array(depth - 1)}^({self.order_terms(depth)})"

    def grouped(self, depth: int) -> str:
        return f"{self.path(depth - 1)}{{{self.key(depth)}: {self.any(depth - 1)}}}"

    def transform(self, depth: int) -> str:
        delete = self.random.choice(["", ", 'price'", ", ['sku', 'tags']", f", {self.any(depth - 1)}"])
        return f"{self.any(depth - 1)} ~> |{self.path(depth - 1)}|{self.object(depth - 1)}{delete}|"

    def binary(self, depth: int) -> str:
        left, right = self.any(depth - 1), self.any(depth - 1)
        if self.random.random() < 0.2:
            left = f"({left})"
        return f"{left} {self.random.choice(OPERATORS)} {right}"

    def unary(self, depth: int) -> str:
        return self.random.choice([f"-{self.any(depth - 1)}", f"({self.any(depth - 1)})", f"-({self.any(depth - 1)})"])

    def ranged(self, depth: int) -> str:
        return f"[{self.number(depth - 2)}..{self.number(depth - 2)}].({self.any(depth - 1)})"

    def condition(self, depth: int) -> str:
        other = f" : {self.any(depth - 1)}" if self.random.random() < 0.8 else ""
        return f"({self.boolean(depth - 1)} ? {self.any(depth - 1)}{other})"

    def block(self, depth: int) -> str:
        parts = []
        for _ in range(self.random.randint(1, 3)):
            bound = self.random.choice(["", "", "$x := ", "$y := ", "$f := "])
            value = self.function(depth - 1) if bound == "$f := " else self.any(depth - 1)
            parts.append(bound + value)
        return "(" + "; ".join([*parts, self.any(depth - 1)]) + ")"

    def applied(self, depth: int) -> str:
        return f"$map({self.array(depth - 1)}, {self.function(depth - 1)})"
