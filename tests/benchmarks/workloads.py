"""The jobs that are measured: a definition in each query language, an input, and the same job by hand.

The hand-written code is what one would write without a workflow engine: read the JSON text, make a new
value in each step (nothing is changed in place, as in the workflow), write the JSON text. Every
contender's output is compared with that of the hand-written code before anything is timed.
"""

from __future__ import annotations

import asyncio
import heapq
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any
LANGUAGES = ("JSONPath", "JSONata")


@dataclass(frozen=True, slots=True)
class Targets:
    """At most so many times the hand-written time; at least so many times faster than others."""

    by_hand: float | None = None
    by_hand_async: float | None = None
    npm: float | None = None
    moto: float | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """One row. `at_once` executions are run together; `asynchronous` rows need an event loop."""

    name: str
    title: str
    definitions: Mapping[str, Json]
    given: Json
    by_hand: Callable[[str], str] | None = None
    by_hand_async: Callable[[str], Awaitable[str]] | None = None
    tasks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    at_once: int = 1
    asynchronous: bool = False
    virtual_time: bool = False
    lifted: bool = False  # whether it needs AWS's limits lifted (more than 25,000 events)
    elsewhere: bool = True  # whether npm and moto can do it at all
    targets: Targets = Targets()


def compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def chain(states: list[dict[str, Json]], prefix: str = "Step") -> dict[str, Json]:
    """States in a row, as the body of a machine or of a branch."""
    names = [f"{prefix}{number}" for number in range(len(states))]
    following = [{"Next": name} for name in names[1:]] + [{"End": True}]
    return {
        "StartAt": names[0],
        "States": {name: state | next_ for name, state, next_ in zip(names, states, following, strict=True)},
    }


def in_jsonata(definition: dict[str, Json]) -> dict[str, Json]:
    return {"QueryLanguage": "JSONata", **definition}


# --- 100 Pass states in a row ------------------------------------------------------------------

#: An order of half a kilobyte: what a workflow is given as a rule.
AN_ORDER = {
    "orderId": "o-20240117-000042",
    "createdAt": "2024-01-17T09:30:12Z",
    "channel": "web",
    "currency": "GBP",
    "customer": {"id": "c-8812", "name": "Ada Lovelace", "email": "ada@example.org", "vip": True},
    "shipping": {"street": "12 St James's Square", "city": "London", "country": "GB", "zip": "SW1Y 4JH"},
    "items": [
        {"sku": "tea-assam-250", "quantity": 2, "price": 6.5},
        {"sku": "teapot-blue", "quantity": 1, "price": 48},
    ],
    "discount": None,
    "total": 61,
    "status": "NEW",
}


def _note(number: int) -> dict[str, Json]:
    return {
        "Type": "Pass",
        "Parameters": {"number": number, "name.$": "$.customer.name"},
        "ResultPath": "$.note",
    }


def _note_jsonata(number: int) -> dict[str, Json]:
    note = f"{{'note': {{'number': {number}, 'name': $states.input.customer.name}}}}"
    return {"Type": "Pass", "Output": f"{{% $merge([$states.input, {note}]) %}}"}


def _step_by_hand(number: int) -> Callable[[dict[str, Json]], dict[str, Json]]:
    def step(state: dict[str, Json]) -> dict[str, Json]:
        return {**state, "note": {"number": number, "name": state["customer"]["name"]}}

    return step


HUNDRED_STEPS = [_step_by_hand(number) for number in range(100)]


def pass_chain_by_hand(text: str) -> str:
    state = json.loads(text)
    for step in HUNDRED_STEPS:
        state = step(state)
    return compact(state)


PASS_CHAIN = Workload(
    "pass-chain",
    "100-Pass chain",
    {
        "JSONPath": chain([_note(number) for number in range(100)]),
        "JSONata": in_jsonata(chain([_note_jsonata(number) for number in range(100)])),
    },
    AN_ORDER,
    by_hand=pass_chain_by_hand,
    targets=Targets(by_hand=2.5, npm=4, moto=500),
)

# --- a loop of Choice and Pass -----------------------------------------------------------------

LOOP = {
    "StartAt": "More?",
    "States": {
        "More?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.turn", "NumericLessThan": 1000, "Next": "Add"}],
            "Default": "Done",
        },
        "Add": {
            "Type": "Pass",
            "Parameters": {
                "turn.$": "States.MathAdd($.turn, 1)",
                "sum.$": "States.MathAdd($.sum, $.turn)",
            },
            "Next": "More?",
        },
        "Done": {"Type": "Succeed"},
    },
}
LOOP_JSONATA = {
    "QueryLanguage": "JSONata",
    "StartAt": "More?",
    "States": {
        "More?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.turn < 1000 %}", "Next": "Add"}],
            "Default": "Done",
        },
        "Add": {
            "Type": "Pass",
            "Output": {
                "turn": "{% $states.input.turn + 1 %}",
                "sum": "{% $states.input.sum + $states.input.turn %}",
            },
            "Next": "More?",
        },
        "Done": {"Type": "Succeed"},
    },
}


def loop_by_hand(text: str) -> str:
    state = json.loads(text)
    while state["turn"] < 1000:
        state = {"turn": state["turn"] + 1, "sum": state["sum"] + state["turn"]}
    return compact(state)


CHOICE_LOOP = Workload(
    "choice-loop",
    "Choice loop, 1,000 turns",
    {"JSONPath": LOOP, "JSONata": LOOP_JSONATA},
    {"turn": 0, "sum": 0},
    by_hand=loop_by_hand,
    targets=Targets(by_hand=14, npm=20, moto=800),
)

# --- Map over items, no waits ------------------------------------------------------------------


def orders(count: int) -> dict[str, Json]:
    return {"orders": [{"id": n, "goods": {"price": 3 + n % 7, "fee": n % 5}} for n in range(count)]}


def map_machine(processor: dict[str, Json], max_concurrency: int | None = None) -> dict[str, Json]:
    state: dict[str, Json] = {"Type": "Map", "ItemsPath": "$.orders", "ItemProcessor": processor, "End": True}
    if max_concurrency:
        state["MaxConcurrency"] = max_concurrency
    return {"StartAt": "EachOrder", "States": {"EachOrder": state}}


def map_machine_jsonata(processor: dict[str, Json], max_concurrency: int | None = None) -> dict[str, Json]:
    state: dict[str, Json] = {
        "Type": "Map",
        "Items": "{% $states.input.orders %}",
        "ItemProcessor": processor,
        "End": True,
    }
    if max_concurrency:
        state["MaxConcurrency"] = max_concurrency
    return in_jsonata({"StartAt": "EachOrder", "States": {"EachOrder": state}})


PRICE = {
    "Type": "Pass",
    "Parameters": {"id.$": "$.id", "total.$": "States.MathAdd($.goods.price, $.goods.fee)"},
}
PRICE_JSONATA = {
    "Type": "Pass",
    "Output": {
        "id": "{% $states.input.id %}",
        "total": "{% $states.input.goods.price + $states.input.goods.fee %}",
    },
}


def price_by_hand(order: dict[str, Json]) -> dict[str, Json]:
    goods = order["goods"]
    return {"id": order["id"], "total": goods["price"] + goods["fee"]}


def map_by_hand(text: str) -> str:
    return compact([price_by_hand(order) for order in json.loads(text)["orders"]])


async def map_by_hand_async(text: str) -> str:
    gate = asyncio.Semaphore(40)

    async def one(order: dict[str, Json]) -> dict[str, Json]:
        async with gate:
            return price_by_hand(order)

    return compact(await asyncio.gather(*(one(order) for order in json.loads(text)["orders"])))


def map_workload(count: int) -> Workload:
    return Workload(
        f"map-{count}",
        f"inline Map over {count:,}",
        {
            "JSONPath": map_machine(chain([PRICE])),
            "JSONata": map_machine_jsonata(chain([PRICE_JSONATA])),
        },
        orders(count),
        by_hand=map_by_hand,
        by_hand_async=map_by_hand_async,
        lifted=count > 5000,
        targets=Targets(by_hand=6, by_hand_async=0.8, npm=10, moto=400),
    )


MAP = map_workload(1000)

# --- 10 branches of 10 states ------------------------------------------------------------------


def parallel_by_hand(text: str) -> str:
    given = json.loads(text)
    results = []
    for _branch in range(10):
        state = given
        for step in HUNDRED_STEPS[:10]:
            state = step(state)
        results.append(state)
    return compact(results)


def _parallel(state: Callable[[int], dict[str, Json]]) -> dict[str, Json]:
    branches = [chain([state(n) for n in range(10)], prefix=f"Branch{branch}Step") for branch in range(10)]
    return {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": branches, "End": True}}}


PARALLEL = Workload(
    "parallel",
    "Parallel 10 x 10",
    {"JSONPath": _parallel(_note), "JSONata": in_jsonata(_parallel(_note_jsonata))},
    AN_ORDER,
    by_hand=parallel_by_hand,
    targets=Targets(by_hand=3, npm=2, moto=400),
)

# --- Map over async tasks ----------------------------------------------------------------------

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:Price"


async def price(order: dict[str, Json]) -> dict[str, Json]:
    """A task that gives up the processor once, as any real one does at least."""
    await asyncio.sleep(0)
    return {"id": order["id"], "total": order["price"] + order["fee"]}


CALL = {
    "Type": "Task",
    "Resource": FUNCTION,
    "Parameters": {"id.$": "$.id", "price.$": "$.goods.price", "fee.$": "$.goods.fee"},
}
CALL_JSONATA = {
    "Type": "Task",
    "Resource": FUNCTION,
    "Arguments": {
        "id": "{% $states.input.id %}",
        "price": "{% $states.input.goods.price %}",
        "fee": "{% $states.input.goods.fee %}",
    },
}


async def call_by_hand(order: dict[str, Json]) -> dict[str, Json]:
    goods = order["goods"]
    return await price({"id": order["id"], "price": goods["price"], "fee": goods["fee"]})


async def map_tasks_by_hand(text: str) -> str:
    gate = asyncio.Semaphore(40)

    async def one(order: dict[str, Json]) -> dict[str, Json]:
        async with gate:
            return await call_by_hand(order)

    return compact(await asyncio.gather(*(one(order) for order in json.loads(text)["orders"])))


MAP_TASKS = Workload(
    "map-tasks",
    "Map over 1,000 async tasks",
    {
        "JSONPath": map_machine(chain([CALL]), max_concurrency=40),
        "JSONata": map_machine_jsonata(chain([CALL_JSONATA]), max_concurrency=40),
    },
    orders(1000),
    by_hand_async=map_tasks_by_hand,
    tasks={"Price": price},
    asynchronous=True,
    targets=Targets(by_hand_async=1, npm=4, moto=800),
)

# --- 1,000 executions at once ------------------------------------------------------------------

ORDER = {
    "StartAt": "Step0",
    "States": {
        "Step0": {"Type": "Pass", "InputPath": "$.order", "Next": "Call"},
        "Call": CALL | {"Next": "Dear?"},
        "Dear?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.total", "NumericGreaterThan": 5, "Next": "Yes"}],
            "Default": "No",
        },
        "Yes": {"Type": "Pass", "Result": True, "ResultPath": "$.dear", "End": True},
        "No": {"Type": "Pass", "Result": False, "ResultPath": "$.dear", "End": True},
    },
}
ORDER_JSONATA = {
    "QueryLanguage": "JSONata",
    "StartAt": "Step0",
    "States": {
        "Step0": {"Type": "Pass", "Output": "{% $states.input.order %}", "Next": "Call"},
        "Call": CALL_JSONATA | {"Next": "Dear?"},
        "Dear?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.total > 5 %}", "Next": "Yes"}],
            "Default": "No",
        },
        "Yes": {"Type": "Pass", "Output": "{% $merge([$states.input, {'dear': true}]) %}", "End": True},
        "No": {"Type": "Pass", "Output": "{% $merge([$states.input, {'dear': false}]) %}", "End": True},
    },
}


async def order_by_hand(text: str) -> str:
    order = json.loads(text)["order"]
    priced = await call_by_hand(order)
    return compact({**priced, "dear": priced["total"] > 5})


AT_ONCE = Workload(
    "at-once",
    "1,000 executions at once",
    {"JSONPath": ORDER, "JSONata": ORDER_JSONATA},
    {"order": {"id": 7, "goods": {"price": 5, "fee": 2}}},
    by_hand_async=order_by_hand,
    tasks={"Price": price},
    at_once=1000,
    asynchronous=True,
    targets=Targets(by_hand_async=1, npm=3, moto=500),
)

# --- 200 KB through 10 states ------------------------------------------------------------------

PAYLOAD = AN_ORDER | {
    "lines": [{"sku": f"sku-{n:05}", "text": "a line of an order, " * 3, "n": n} for n in range(2000)]
}


def payload_by_hand(text: str) -> str:
    state = json.loads(text)
    for step in HUNDRED_STEPS[:10]:
        state = step(state)
    return compact(state)


LARGE = Workload(
    "payload",
    "200 KB payload through 10 states",
    {
        "JSONPath": chain([_note(number) for number in range(10)]),
        "JSONata": in_jsonata(chain([_note_jsonata(number) for number in range(10)])),
    },
    PAYLOAD,
    by_hand=payload_by_hand,
    targets=Targets(by_hand=3, npm=1.5, moto=50),
)

# --- 10,000 waits of an hour, virtual ----------------------------------------------------------

WAIT = {"Type": "Wait", "Seconds": 3600}


def waits_by_hand(text: str) -> str:
    """The same in simulated time: 40 at once, a heap of deadlines."""
    waiting: list[tuple[int, int]] = []
    left = list(enumerate(json.loads(text)["orders"]))[::-1]
    done: dict[int, Json] = {}
    now = 0
    while left or waiting:
        while left and len(waiting) < 40:
            index, order = left.pop()
            done[index] = order
            heapq.heappush(waiting, (now + 3600, index))
        now, _index = heapq.heappop(waiting)
    return compact([done[index] for index in range(len(done))])


WAITS = Workload(
    "waits",
    "10,000 waits of an hour, virtual",
    {"JSONPath": map_machine(chain([WAIT])), "JSONata": map_machine_jsonata(chain([WAIT]))},
    {"orders": list(range(10_000))},
    by_hand=waits_by_hand,
    virtual_time=True,
    lifted=True,
    elsewhere=False,
)

WORKLOADS = (PASS_CHAIN, CHOICE_LOOP, MAP, PARALLEL, MAP_TASKS, AT_ONCE, LARGE, WAITS)
