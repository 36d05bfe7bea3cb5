"""Runs asl_engine against folders of recorded cases: `python -m tests.conformance --help`.

Everything here adapts and nothing knows: no case ids, no expected values. A case is read, turned into
calls of the public interface, and what came out is given to the comparer that lies beside the cases.
"""
