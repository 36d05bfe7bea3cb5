"""The cases: a definition, an input, what is done from outside, and the history in short (see script.py).

`events` was worked out by hand for the order of branches: at one instant those branches that can go on by
themselves run in order, each to where it must wait; then the handlers are called in that order; then
their answers are taken in that order, each branch running on before the next answer. Timers that are due
at one instant: completions, heartbeats, timeouts of states, of the execution; among equals by branch.

What tasks do is in their function's name: `Echo` answers with its input, `Boom` fails, `Odd` fails for odd
numbers, `First` fails the first time that it is called in the run, `Item` takes as many seconds as its
input says and fails where that is negative, `Never` never answers; a number is the time it takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.drivers.machines import body, inline_map, parallel, task, token_task, wait

BOOM = {"Error": "Boom", "Cause": "bang"}
PASS = {"Type": "Pass"}
FAIL = {"Type": "Fail", "Error": "Boom", "Cause": "bang"}


@dataclass(frozen=True)
class Case:
    """`steps` are (method of the held execution, arguments); a token is named by its place, `T` or `T/0`.

    `output` and `error` are those of the branch order; where a shuffled run may end otherwise, `also` has
    the other possible (output, error) pairs.
    """

    name: str
    definition: dict[str, Any]
    events: str
    given: Any = field(default_factory=dict)
    output: Any = None
    error: str | None = None
    also: tuple[tuple[Any, str | None], ...] = ()
    steps: tuple[tuple[Any, ...], ...] = ()


def mapped(processor: dict[str, Any], limit: int, **fields: Any) -> dict[str, Any]:
    return body(M=inline_map(processor, MaxConcurrency=limit, **fields))


def output(expression: str) -> dict[str, Any]:
    return {"Type": "Pass", "Output": expression}


def choose(**branches: dict[str, Any]) -> dict[str, Any]:
    """A machine whose Choice C goes to the state named `is_N` where the input is N, else to `other`."""
    states = {name.removeprefix("is_"): state for name, state in branches.items()}
    rules = [
        {"Variable": "$", "NumericEquals": int(name.partition("_")[2]), "Next": f"S{name.partition('_')[2]}"}
        for name in branches
        if name.startswith("is_")
    ]
    named = {f"S{name}" if name.isdigit() else name: state for name, state in states.items()}
    ended = {
        name: state if state["Type"] in ("Fail", "Succeed") or "Next" in state else {**state, "End": True}
        for name, state in named.items()
    }
    return {"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": rules, "Default": "other"}, **ended}}


def caught(error: str, following: str) -> list[dict[str, Any]]:
    return [{"ErrorEquals": [error], "Next": following}]


def retried(error: str, seconds: int, times: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"ErrorEquals": [error], "IntervalSeconds": seconds, "MaxAttempts": times, **fields}]


def with_fallback(**states: dict[str, Any]) -> dict[str, Any]:
    """States of which the last is a Catch's target: the others end where they say nothing else."""
    *first, last = states
    made = body(**{name: states[name] for name in first})
    made["States"][last] = {**states[last], "End": True}
    return made


def numbered(pattern: str, first: int, end: int) -> str:
    return " ".join(pattern.format(number) for number in range(first, end))


FORTY_ONE = (
    "S M+ M( " + numbered("[{0} W/{0}+", 0, 40) + " @1 W/0- 0] [40 W/40+ " + numbered("W/{0}- {0}]", 1, 40)
    + " @2 W/40- 40] M) M- OK"
)  # fmt: skip
WAITS = body(W=wait(5))
TWO_ITEMS_IN_PARALLEL = body(P=parallel(body(M=inline_map(WAITS, MaxConcurrency=2)), body(A=task("Echo5"))))
A_B = (body(A=task("Echo")), body(B=task("Echo")))
ITEM = body(A=task("Item"))

CASES = (
    # ---- who goes when
    Case(
        "map: a place that is freed is taken at once", mapped(WAITS, 2),
        "S M+ M( [0 W/0+ [1 W/1+ @5 W/0- 0] [2 W/2+ W/1- 1] @10 W/2- 2] M) M- OK",
        given=[1, 2, 3], output=[1, 2, 3],
    ),
    Case(
        "map: as many places as items", mapped(WAITS, 3),
        "S M+ M( [0 W/0+ [1 W/1+ [2 W/2+ @5 W/0- 0] W/1- 1] W/2- 2] M) M- OK",
        given=[1, 2, 3], output=[1, 2, 3],
    ),
    Case(
        "map: more places than items", mapped(WAITS, 30),
        "S M+ M( [0 W/0+ [1 W/1+ @5 W/0- 0] W/1- 1] M) M- OK",
        given=[1, 2], output=[1, 2],
    ),
    Case(
        "map: instant tasks, two at once", mapped(body(A=task("Echo")), 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> A/0= A/0- 0] [2 A/2+ A/2> A/1= A/1- 1] A/2= A/2- 2] M) M- OK",
        given=[1, 2, 3], output=[1, 2, 3],
    ),
    Case(
        "map: results in the order of items, not of ends", mapped(ITEM, 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/1= A/1- 1] [2 A/2+ A/2> @3 A/0= A/0- 0] A/2= A/2- 2] M) M- OK",
        given=[3, 1, 2], output=[3, 1, 2],
    ),
    Case(
        "map: items that never wait run one after the other", mapped(body(X=PASS), 3),
        "S M+ M( [0 X/0+ X/0- 0] [1 X/1+ X/1- 1] [2 X/2+ X/2- 2] M) M- OK",
        given=[1, 2, 3], output=[1, 2, 3],
    ),
    Case(
        "map: some items wait and some do not", mapped(choose(is_2=wait(1), other=PASS), 2),
        "S M+ M( [0 C/0+ C/0- other/0+ other/0- 0] [1 C/1+ C/1- S2/1+ [2 C/2+ C/2- other/2+ other/2- 2] "
        "@1 S2/1- 1] M) M- OK",
        given=[1, 2, 3], output=[1, 2, 3],
    ),
    Case(
        "map: two states in each item", mapped(body(A=task("Item"), W=wait(1)), 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/1= A/1- W/1+ @2 A/0= A/0- W/0+ W/1- 1] @3 W/0- 0] M) M- OK",
        given=[2, 1], output=[2, 1],
    ),
    Case(
        "map: no MaxConcurrency is forty", body(M=inline_map(body(W=wait(1)))), FORTY_ONE,
        given=list(range(41)), output=list(range(41)),
    ),
    Case(
        "map: MaxConcurrency above forty is forty", mapped(body(W=wait(1)), 1000), FORTY_ONE,
        given=list(range(41)), output=list(range(41)),
    ),
    Case(
        "map: MaxConcurrency 0 is as many as there may be", mapped(WAITS, 0),
        "S M+ M( [0 W/0+ [1 W/1+ [2 W/2+ @5 W/0- 0] W/1- 1] W/2- 2] M) M- OK",
        given=[1, 2, 3], output=[1, 2, 3],
    ),
    Case("map: no items", mapped(WAITS, 2), "S M+ M( M) M- OK", given=[], output=[]),
    Case(
        "parallel: instant tasks", body(P=parallel(*A_B)),
        "S P+ P( A+ A> B+ B> A= A- B= B- P) P- OK",
        given=7, output=[7, 7],
    ),
    Case(
        "parallel: the last branch ends first", body(P=parallel(body(V=wait(5)), body(W=wait(3)))),
        "S P+ P( V+ W+ @3 W- @5 V- P) P- OK",
        given=7, output=[7, 7],
    ),
    Case(
        "parallel: one branch loops while the other waits",
        body(P=parallel(
            {"StartAt": "Add", "States": {
                "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "More"},
                "More": {"Type": "Choice", "Default": "Enough",
                         "Choices": [{"Variable": "$.n", "NumericLessThan": 2, "Next": "Add"}]},
                "Enough": {"Type": "Succeed"}}},
            body(W=wait(1)),
        )),
        "S P+ P( Add+ Add- More+ More- Add+ Add- More+ More- Enough+ Enough- W+ @1 W- P) P- OK",
        given={"n": 0}, output=[{"n": 2}, {"n": 0}],
    ),
    Case(
        "completions of one instant by branch path, across levels", TWO_ITEMS_IN_PARALLEL,
        "S P+ P( M+ M( [0 W/0+ [1 W/1+ A+ A> @5 W/0- 0] W/1- 1] M) M- A= A- P) P- OK",
        given=[1, 2], output=[[1, 2], [1, 2]],
    ),
    # ---- nesting
    Case(
        "map in parallel", body(P=parallel(body(M=inline_map(body(V=wait(2)), MaxConcurrency=2)), body(W=wait(3)))),
        "S P+ P( M+ M( [0 V/0+ [1 V/1+ W+ @2 V/0- 0] V/1- 1] M) M- @3 W- P) P- OK",
        given=[1, 2], output=[[1, 2], [1, 2]],
    ),
    Case(
        "two maps in parallel, each with places of its own",
        body(P=parallel(
            body(M=inline_map(body(V=wait(2)), MaxConcurrency=2)),
            body(N=inline_map(body(W=wait(3)), MaxConcurrency=3)),
        )),
        "S P+ P( M+ M( [0 V/0+ [1 V/1+ N+ N( [0 W/0+ [1 W/1+ [2 W/2+ @2 V/0- 0] [2 V/2+ V/1- 1] "
        "@3 W/0- 0] W/1- 1] W/2- 2] N) N- @4 V/2- 2] M) M- P) P- OK",
        given=[1, 2, 3], output=[[1, 2, 3], [1, 2, 3]],
    ),
    Case(
        "parallel in map", mapped(body(P=parallel(*A_B)), 2),
        "S M+ M( [0 P/0+ P/0( A/0+ A/0> B/0+ B/0> [1 P/1+ P/1( A/1+ A/1> B/1+ B/1> "
        "A/0= A/0- B/0= B/0- P/0) P/0- 0] A/1= A/1- B/1= B/1- P/1) P/1- 1] M) M- OK",
        given=[1, 2], output=[[1, 1], [2, 2]],
    ),
    Case(
        "map in map", mapped(body(N=inline_map(body(W=wait(1)), MaxConcurrency=2)), 2),
        "S M+ M( [0 N/0+ N/0( [0.0 W/0.0+ [0.1 W/0.1+ [1 N/1+ N/1( [1.0 W/1.0+ "
        "@1 W/0.0- 0.0] [0.2 W/0.2+ W/0.1- 0.1] W/1.0- 1.0] N/1) N/1- 1] @2 W/0.2- 0.2] N/0) N/0- 0] M) M- OK",
        given=[[1, 2, 3], [4]], output=[[1, 2, 3], [4]],
    ),
    Case(
        "map in map, some inner ones empty", mapped(body(N=inline_map(body(W=wait(1)), MaxConcurrency=2)), 2),
        "S M+ M( [0 N/0+ N/0( N/0) N/0- 0] [1 N/1+ N/1( [1.0 W/1.0+ [2 N/2+ N/2( N/2) N/2- 2] "
        "@1 W/1.0- 1.0] N/1) N/1- 1] M) M- OK",
        given=[[], [1], []], output=[[], [1], []],
    ),
    Case(
        "parallel in parallel",
        body(P=parallel(body(Q=parallel(body(V=wait(1)), body(W=wait(2)))), body(X=wait(2)))),
        "S P+ P( Q+ Q( V+ W+ X+ @1 V- @2 W- Q) Q- X- P) P- OK",
        given=7, output=[[7, 7], 7],
    ),
    Case(
        "map after map in each branch",
        body(P=parallel(
            body(M=inline_map(body(V=wait(1)), MaxConcurrency=2), N=inline_map(body(W=wait(1)), MaxConcurrency=2)),
            body(X=wait(3)),
        )),
        "S P+ P( M+ M( [0 V/0+ [1 V/1+ X+ @1 V/0- 0] V/1- 1] M) M- N+ N( [0 W/0+ [1 W/1+ "
        "@2 W/0- 0] W/1- 1] N) N- @3 X- P) P- OK",
        given=[1, 2], output=[[1, 2], [1, 2]],
    ),
    # ---- failures
    Case(
        "map: failure while siblings run tasks", mapped(ITEM, 3),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> [2 A/2+ A/2> @1 A/1! 1! A/0~ 0~ A/2~ 2~ M! FAILED",
        given=[5, -1, 5], error="Boom",
    ),
    Case(
        "map: failure while a sibling waits; the third item never starts",
        mapped(choose(is_2=FAIL, other=wait(5)), 3),
        "S M+ M( [0 C/0+ C/0- other/0+ [1 C/1+ C/1- S2/1+ 1! other/0~ 0~ M! FAILED",
        given=[1, 2, 3], error="Boom",
    ),
    Case(
        "map: failure while a sibling waits for its next attempt",
        mapped(choose(is_1=task("Boom", Retry=retried("Boom", 10, 5)), other=task("Boom3")), 2),
        "S M+ M( [0 C/0+ C/0- S1/0+ S1/0> [1 C/1+ C/1- other/1+ other/1> S1/0! @3 other/1! 1! S1/0~ 0~ M! FAILED",
        given=[1, 2], error="Boom",
    ),
    Case(
        "map: failure at once; nothing else starts", mapped(body(F=FAIL), 3),
        "S M+ M( [0 F/0+ 0! M! FAILED", given=[1, 2], error="Boom",
    ),
    Case(
        "map: two failures of one instant; the first counts", mapped(body(A=task("Boom")), 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> A/0! 0! A/1~ 1~ M! FAILED", given=[1, 2], error="Boom",
    ),
    Case(
        "map: failure after some have ended", mapped(ITEM, 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0= A/0- 0] [2 A/2+ A/2> @2 A/1! 1! A/2~ 2~ M! FAILED",
        given=[1, -2, 3, 4], error="Boom",
    ),
    Case(
        "map: failure between its item's states", mapped(body(A=task("Item"), B=task("Odd")), 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0= A/0- B/0+ B/0> B/0! 0! A/1~ 1~ M! FAILED",
        given=[1, 2], error="Boom",
    ),
    Case(
        "parallel: failure while a sibling waits", body(P=parallel(body(A=task("Boom3")), body(W=wait(10)))),
        "S P+ P( A+ A> W+ @3 A! A~ W~ P! FAILED", error="Boom",
    ),
    Case(
        "parallel: a Fail state while a sibling runs", body(P=parallel(body(A=task("Echo5")), body(F=FAIL))),
        "S P+ P( A+ A> F+ A~ P! FAILED", error="Boom",
    ),
    Case(
        "parallel: a branch that has ended is not aborted",
        body(P=parallel(body(A=task("Echo")), body(B=task("Boom")))),
        "S P+ P( A+ A> B+ B> A= A- B! B~ P! FAILED", error="Boom",
    ),
    Case(
        "parallel: a sibling that will never answer",
        body(P=parallel(body(A=task("Never")), body(W=wait(1), F=FAIL))),
        "S P+ P( A+ A> W+ @1 W- F+ A~ P! FAILED", error="Boom",
    ),
    Case(
        "a failure goes up through all levels",
        body(P=parallel(body(Q=parallel(body(A=task("Boom1")), body(V=wait(5)))), body(W=wait(5)))),
        "S P+ P( Q+ Q( A+ A> V+ W+ @1 A! A~ V~ Q! Q~ W~ P! FAILED", error="Boom",
    ),
    Case(
        "parallel in map: failure ends siblings at both levels",
        mapped(body(P=parallel(body(A=task("Item")), body(W=wait(9)))), 2),
        "S M+ M( [0 P/0+ P/0( A/0+ A/0> W/0+ [1 P/1+ P/1( A/1+ A/1> W/1+ "
        "@1 A/0! A/0~ W/0~ P/0! 0! A/1~ W/1~ P/1~ 1~ M! FAILED",
        given=[-1, 5], error="Boom",
    ),
    Case(
        "map in map: failure ends siblings at both levels",
        mapped(body(N=inline_map(ITEM, MaxConcurrency=2)), 2),
        "S M+ M( [0 N/0+ N/0( [0.0 A/0.0+ A/0.0> [0.1 A/0.1+ A/0.1> [1 N/1+ N/1( [1.0 A/1.0+ A/1.0> "
        "@1 A/0.1! 0.1! A/0.0~ 0.0~ N/0! 0! A/1.0~ 1.0~ N/1~ 1~ M! FAILED",
        given=[[5, -1], [5]], error="Boom",
    ),
    Case(
        "map in parallel: failure beside a map that runs",
        body(P=parallel(body(M=inline_map(body(W=wait(2)), MaxConcurrency=2)), body(A=task("Boom3")))),
        "S P+ P( M+ M( [0 W/0+ [1 W/1+ A+ A> @2 W/0- 0] [2 W/2+ W/1- 1] [3 W/3+ "
        "@3 A! A~ W/2~ 2~ W/3~ 3~ M~ P! FAILED",
        given=[1, 2, 3, 4, 5], error="Boom",
    ),
    # ---- caught
    Case(
        "parallel: caught", with_fallback(P=parallel(*[body(A=task("Boom3")), body(W=wait(10))],
                                                     Catch=caught("States.ALL", "Z")), Z=wait(1)),
        "S P+ P( A+ A> W+ @3 A! A~ W~ P! P- Z+ @4 Z- OK", output=BOOM,
    ),
    Case(
        "map: caught, its siblings are ended first",
        with_fallback(M=inline_map(ITEM, MaxConcurrency=2, Catch=caught("Boom", "Z")), Z=PASS),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0! 0! A/1~ 1~ M! M- Z+ Z- OK",
        given=[-1, 5], output=BOOM,
    ),
    Case(
        "map: caught within the item; siblings go on",
        mapped(with_fallback(A=task("Item", Catch=caught("Boom", "Z")), Z=PASS), 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0! A/0- Z/0+ Z/0- 0] [2 A/2+ A/2> @2 A/1= A/1- 1] "
        "A/2= A/2- 2] M) M- OK",
        given=[-1, 2, 1], output=[BOOM, 2, 1],
    ),
    Case(
        "map in map: caught by the inner map; the outer item goes on",
        mapped(with_fallback(N=inline_map(ITEM, MaxConcurrency=2, Catch=caught("Boom", "Z")), Z=PASS), 2),
        "S M+ M( [0 N/0+ N/0( [0.0 A/0.0+ A/0.0> [0.1 A/0.1+ A/0.1> [1 N/1+ N/1( [1.0 A/1.0+ A/1.0> "
        "@1 A/0.1! 0.1! A/0.0~ 0.0~ N/0! N/0- Z/0+ Z/0- 0] @3 A/1.0= A/1.0- 1.0] N/1) N/1- 1] M) M- OK",
        given=[[5, -1], [3]], output=[BOOM, [3]],
    ),
    Case(
        "a parallel in one branch is caught while the other branch waits",
        body(P=parallel(
            with_fallback(Q=parallel(body(A=task("Boom1")), body(V=wait(5)), Catch=caught("Boom", "Z")), Z=PASS),
            body(W=wait(2)),
        )),
        "S P+ P( Q+ Q( A+ A> V+ W+ @1 A! A~ V~ Q! Q- Z+ Z- @2 W- P) P- OK",
        given=7, output=[BOOM, 7],
    ),
    # ---- retried
    Case(
        "map: an item is retried while its sibling ends",
        mapped(body(A=task("First1", Retry=retried("Boom", 3, 1))), 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0! A/1= A/1- 1] @4 A/0> @5 A/0= A/0- 0] M) M- OK",
        given=[1, 2], output=[1, 2],
    ),
    Case(
        "map: an item that waits for its next attempt keeps its place",
        mapped(body(A=task("First1", Retry=retried("Boom", 2, 1))), 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0! A/1= A/1- 1] [2 A/2+ A/2> @2 A/2= A/2- 2] "
        "@3 A/0> @4 A/0= A/0- 0] M) M- OK",
        given=[1, 2, 3], output=[1, 2, 3],
    ),
    Case(
        "map: retried as a whole", mapped(body(A=task("First2")), 2, Retry=retried("Boom", 1, 1)),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @2 A/0! 0! A/1~ 1~ @3 M( [0 A/0+ A/0> [1 A/1+ A/1> "
        "@5 A/0= A/0- 0] A/1= A/1- 1] M) M- OK",
        given=[1, 2], output=[1, 2],
    ),
    Case(
        "parallel: retried as a whole",
        body(P=parallel(body(A=task("First3")), body(W=wait(5)), Retry=retried("Boom", 2, 1))),
        "S P+ P( A+ A> W+ @3 A! A~ W~ @5 P( A+ A> W+ @8 A= A- @10 W- P) P- OK",
        given=7, output=[7, 7],
    ),
    Case(
        "parallel: a branch has retried for long enough",
        body(P=parallel(body(A=task("Boom", Retry=retried("Boom", 1, 2))), body(W=wait(10)))),
        "S P+ P( A+ A> W+ A! @1 A> A! @3 A> A! A~ W~ P! FAILED", error="Boom",
    ),
    Case(
        "parallel: two branches retry in turns",
        body(P=parallel(body(A=task("Boom", Retry=retried("Boom", 2, 1))),
                        body(B=task("Boom", Retry=retried("Boom", 1, 2, BackoffRate=1))))),
        "S P+ P( A+ A> B+ B> A! B! @1 B> B! @2 A> B> A! A~ B~ P! FAILED", error="Boom",
    ),
    # ---- tolerated
    Case(
        "map: a tolerated failure frees its place", mapped(ITEM, 2, ToleratedFailureCount=1),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0! 0! [2 A/2+ A/2> @2 A/1= A/1- 1] @4 A/2= A/2- 2] M) M- OK",
        given=[-1, 2, 3], output=[BOOM, 2, 3],
    ),
    Case(
        "map: one failure too many", mapped(ITEM, 3, ToleratedFailureCount=1),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> [2 A/2+ A/2> @1 A/0! 0! @2 A/1! 1! A/2~ 2~ M! FAILED",
        given=[-1, -2, 9], error="States.ExceedToleratedFailureThreshold",
    ),
    Case(
        "map: half of them may fail", mapped(ITEM, 2, ToleratedFailurePercentage=50),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0! 0! [2 A/2+ A/2> A/1! 1! [3 A/3+ A/3> "
        "@3 A/2= A/2- 2] A/3= A/3- 3] M) M- OK",
        given=[-1, -1, 2, 2], output=[BOOM, BOOM, 2, 2],
    ),
    Case(
        "map: all of them may fail", mapped(ITEM, 2, ToleratedFailurePercentage=100),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @1 A/0! 0! @2 A/1! 1! M) M- OK",
        given=[-1, -2], output=[BOOM, BOOM],
    ),
    # ---- time
    Case(
        "the machine's timeout ends everything at once", {**mapped(WAITS, 2), "TimeoutSeconds": 4},
        "S M+ M( [0 W/0+ [1 W/1+ @4 TIMED_OUT", given=[1, 2, 3],
    ),
    Case(
        "what is complete at the machine's timeout still counts", {**mapped(WAITS, 2), "TimeoutSeconds": 5},
        "S M+ M( [0 W/0+ [1 W/1+ @5 W/0- 0] [2 W/2+ W/1- 1] TIMED_OUT", given=[1, 2, 3],
    ),
    Case(
        "a state's timeout in a branch",
        body(P=parallel(body(A=task("Never", TimeoutSeconds=2)), body(W=wait(5)))),
        "S P+ P( A+ A> W+ @2 A? A~ W~ P! FAILED", error="States.Timeout",
    ),
    Case(
        "a state's timeout after what is complete at that instant",
        body(P=parallel(body(A=task("Never", TimeoutSeconds=5)), body(W=wait(5)))),
        "S P+ P( A+ A> W+ @5 W- A? A~ P! FAILED", error="States.Timeout",
    ),
    Case(
        "a missed heartbeat, caught in its branch",
        body(P=parallel(
            with_fallback(A=task("Never", HeartbeatSeconds=2, TimeoutSeconds=9,
                                 Catch=caught("States.HeartbeatTimeout", "Z")), Z=PASS),
            body(W=wait(5)),
        )),
        "S P+ P( A+ A> W+ @2 A? A- Z+ Z- @5 W- P) P- OK",
        given=7, output=[{"Error": "States.Timeout", "Cause": ""}, 7],
    ),
    Case(
        "a timeout, retried while the sibling waits",
        body(P=parallel(
            body(A=task("Never", TimeoutSeconds=2, Retry=retried("States.Timeout", 1, 1))), body(W=wait(4)),
        )),
        "S P+ P( A+ A> W+ @2 A? @3 A> @4 W- @5 A? A~ P! FAILED", error="States.Timeout",
    ),
    Case(
        "an answer that comes at the very moment of the timeout",
        mapped(body(A=task("Item", TimeoutSeconds=3)), 2),
        "S M+ M( [0 A/0+ A/0> [1 A/1+ A/1> @3 A/0= A/0- 0] A/1? 1! M! FAILED",
        given=[3, 4], error="States.Timeout",
    ),
    # ---- from outside
    Case(
        "tokens in two branches, the second one used first",
        body(P=parallel(body(T=token_task()), body(U=token_task()))),
        "S P+ P( T+ T> U+ U> T^ U^ U= U- T= T- P) P- OK",
        output=["t", "u"],
        steps=(("send_task_success", "U", "u"), ("send_task_success", "T", "t")),
    ),
    Case(
        "tokens in items, used in reverse", mapped(body(T=token_task()), 3),
        "S M+ M( [0 T/0+ T/0> [1 T/1+ T/1> [2 T/2+ T/2> T/0^ T/1^ T/2^ "
        "@1 T/2= T/2- 2] @2 T/1= T/1- 1] @3 T/0= T/0- 0] M) M- OK",
        given=[1, 2, 3], output=["a", "b", "c"],
        steps=(
            ("advance", 1), ("send_task_success", "T/2", "c"), ("advance", 1), ("send_task_success", "T/1", "b"),
            ("advance", 1), ("send_task_success", "T/0", "a"),
        ),
    ),
    Case(
        "a failed token ends a sibling that waits for its own",
        body(P=parallel(body(T=token_task()), body(U=token_task()))),
        "S P+ P( T+ T> U+ U> T^ U^ @2 U! U~ T~ P! FAILED", error="No",
        steps=(("advance", 2), ("send_task_failure", "U", "No", "because")),
    ),
    Case(
        "a heartbeat keeps one branch alive and not the other",
        body(P=parallel(body(T=token_task(HeartbeatSeconds=5)), body(U=token_task(HeartbeatSeconds=5)))),
        "S P+ P( T+ T> U+ U> T^ U^ @5 U? U~ T~ P! FAILED", error="States.Timeout",
        steps=(("advance", 3), ("send_task_heartbeat", "T"), ("advance", 10)),
    ),
    Case(
        "stopped while branches wait and run",
        body(P=parallel(body(A=task("Never")), body(M=inline_map(WAITS, MaxConcurrency=2)))),
        "S P+ P( A+ A> M+ M( [0 W/0+ [1 W/1+ @3 ABORTED", given=[1, 2, 3], error="Stopped",
        steps=(("advance", 3), ("stop", "Stopped", "by hand")),
    ),
    # ---- data
    Case(
        "variables of branches stay inside", {"QueryLanguage": "JSONata", **body(
            V={"Type": "Pass", "Assign": {"v": 1}},
            P=parallel(
                body(A={"Type": "Pass", "Assign": {"v": "{% $v + 1 %}"}}, W=wait(2), O=output("{% $v %}")),
                body(X=wait(1), B={"Type": "Pass", "Assign": {"w": "{% $v + 10 %}"}}, Q=output("{% $w %}")),
            ),
            E={"Type": "Pass", "Output": ["{% $states.input %}", "{% $v %}"]},
        )},
        "S V+ V- P+ P( A+ A- W+ X+ @1 X- B+ B- Q+ Q- @2 W- O+ O- P) P- E+ E- OK",
        output=[[2, 11], 1],
    ),
    Case(
        "an item knows its index, whoever runs beside it", {"QueryLanguage": "JSONata", **body(M=inline_map(
            body(W={"Type": "Wait", "Seconds": "{% $states.input.seconds %}"}),
            MaxConcurrency=2,
            ItemSelector={"seconds": "{% $states.context.Map.Item.Value %}",
                          "index": "{% $states.context.Map.Item.Index %}"},
        ))},
        "S M+ M( [0 W/0+ [1 W/1+ @1 W/1- 1] [2 W/2+ @2 W/2- 2] @3 W/0- 0] M) M- OK",
        given=[3, 1, 1],
        output=[{"seconds": 3, "index": 0}, {"seconds": 1, "index": 1}, {"seconds": 1, "index": 2}],
    ),
)  # fmt: skip
