from __future__ import annotations

import threading
import time

import anyio
import pytest

from asl_engine.errors import SetupError
from asl_engine.resolvers.aws.threads import Threads

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_results_and_errors_come_back() -> None:
    threads = Threads(2)
    assert await threads.run(lambda: 1 + 1) == 2
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 / 0)
    threads.release()


async def test_work_runs_elsewhere_and_never_in_more_threads_than_allowed() -> None:
    threads = Threads(3)
    lock = threading.Lock()
    names: set[int] = set()
    now = most = 0

    def work() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            names.add(threading.get_ident())
        time.sleep(0.005)
        with lock:
            now -= 1

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(threads.run, work)
    assert 1 < most <= 3
    assert threading.get_ident() not in names
    threads.release()


async def test_what_was_given_up_before_its_turn_is_not_begun() -> None:
    threads = Threads(1)
    ran: list[str] = []
    gate = threading.Event()

    def first() -> None:
        gate.wait(5)
        ran.append("first")

    async with anyio.create_task_group() as group:
        group.start_soon(threads.run, first)
        await anyio.sleep(0.01)
        with anyio.move_on_after(0.01):
            await threads.run(lambda: ran.append("given up"))
        gate.set()
    assert await threads.run(lambda: ran.append("last")) is None
    assert ran == ["first", "last"]
    threads.release()


async def test_they_may_be_used_again_after_close() -> None:
    threads = Threads(2)
    for _ in range(20):
        assert await threads.run(lambda: "done") == "done"
        threads.release()


def test_one_set_serves_many_event_loops() -> None:
    threads = Threads(1)
    results: list[int] = []

    async def main() -> None:
        results.append(await threads.run(lambda: 1))

    workers = [threading.Thread(target=lambda: anyio.run(main)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(5)
    assert results == [1] * 4
    threads.release()


def test_a_result_after_the_loop_has_ended_disturbs_nobody() -> None:
    threads = Threads(1)
    gate, ended = threading.Event(), threading.Event()

    def work() -> None:
        gate.wait(5)
        ended.set()

    async def main() -> None:
        with anyio.move_on_after(0.01):
            await threads.run(work)

    anyio.run(main)
    gate.set()
    assert ended.wait(5)
    threads.release()


def test_no_threads_are_none() -> None:
    with pytest.raises(SetupError, match="at least 1"):
        Threads(0)


async def test_releasing_in_the_middle_loses_no_work() -> None:
    threads = Threads(4)

    async def ask(number: int) -> int:
        result: int = await threads.run(lambda: number)
        threads.release()
        return result

    with anyio.fail_after(20):
        for _ in range(10):
            found: list[int] = []

            async def one(number: int, found: list[int]) -> None:
                found.append(await ask(number))

            async with anyio.create_task_group() as group:
                for number in range(50):
                    group.start_soon(one, number, found)
            assert sorted(found) == list(range(50))


async def test_released_threads_end() -> None:
    threads = Threads(2, name="asl-released")
    await threads.run(lambda: None)
    with anyio.fail_after(2):
        while any(thread.name.startswith("asl-released") for thread in threading.enumerate()):
            threads.release()
            await anyio.sleep(0.005)
