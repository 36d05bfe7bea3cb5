"""Generated code: simple states that follow one another, fused into one Python function for each machine.

A machine that has become hot gets a function in which the Pass, Choice and Succeed states that need
nothing but their input are written out as Python: no call between states, no frame in between. Task states
that have nothing but parameters get two functions, for what comes before the work and after it. A Map
whose processor is a row of such simple states runs its iterations in one loop; where it is one such task, a
third function ends an item and begins the next. Everything else, and whatever goes wrong, is left to the
closures: the generated code logs a state only once its output is there, so that a state that cannot be done
here is simply done again by its closure, from its entry. Both give the same history, event for event
(`tests/states/generated` compares them).
"""

from asl_engine.states.generated.block import accelerate

__all__ = ["accelerate"]
