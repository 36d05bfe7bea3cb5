"""Coverage of state machines: which states, transitions, Choice rules, Retriers, Catchers, sizes of Maps and ways of
`? :` the tests made happen.

    points      what there is to cover in a definition
    recorder    the observer of a run that counts; branches: the same for the `? :` of JSONata
    seam, session   every execution of the process, watched while `Coverage` is on; the union of processes
    covered     a definition with its counts and lines
    reports     terminal, JSON, lcov, HTML; hooks: the pytest side of it
"""

from asl_engine.testing.coverage.covered import CoveredDefinition, CoveredPoint, Share
from asl_engine.testing.coverage.points import NO_COVER, Point, points_of
from asl_engine.testing.coverage.session import Coverage

__all__ = ["NO_COVER", "Coverage", "CoveredDefinition", "CoveredPoint", "Point", "Share", "points_of"]
