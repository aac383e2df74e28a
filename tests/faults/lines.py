"""One line per case: what was injected, what was checked, the result."""

import os
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

from tests.faults import IS_FULL

# I: the input, R: a run, C: change data, S: people and the outside.
CASES = [
    *(f"I{n:02}" for n in range(1, 23)),
    *(f"R{n:02}" for n in range(1, 16)),
    "R14b",
    *(f"C{n:02}" for n in range(1, 7)),
    *(f"S{n:02}" for n in range(1, 8)),
]
# Cases whose subject is not built.
NOT_BUILT = {"S07": "archives"}
_tests: dict[str, dict[str, Any]] = defaultdict(dict)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Record the tests of each case before some are deselected."""
    for item in items:
        for mark in item.iter_markers("fault"):
            if mark.args[0] not in CASES:
                raise pytest.UsageError(f"{item.nodeid}: there is no case {mark.args[0]}")
            _tests[mark.args[0]][item.nodeid] = mark.kwargs


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if "WEIR_FAULTS" not in os.environ:
        return
    reports = defaultdict(list)
    for report in (one for ended in terminalreporter.stats.values() for one in ended if hasattr(one, "when")):
        reports[report.nodeid].append(report)
    terminalreporter.section("faults")
    for case in sorted(CASES):
        tests = _tests.get(case, {})
        # A test that did not run is not reported. A case with one text for all its tests has it on one of them.
        ran = [described for test, described in tests.items() if _ran(reports[test])]
        words = [_joined(described.get(name) for described in ran) for name in ("injected", "checked")]
        described = f"{' | '.join(words)} | {_outcome([reports[test] for test in tests])}" if tests else _untried(case)
        terminalreporter.write_line(f"{case:<5}{described}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a full run every case must run: a skipped one is a failure. An xdist worker passes on what it collected."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["faults"] = dict(_tests)
        return
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if IS_FULL and session.exitstatus == 0 and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _tests.update(getattr(node, "workeroutput", {}).get("faults", {}))


def _ran(reports: list[Any]) -> bool:
    outcomes = {report.outcome for report in reports}
    return bool(outcomes) and "skipped" not in outcomes


def _untried(case: str) -> str:
    return (
        f"not tried: {NOT_BUILT[case]} are not built"
        if case in NOT_BUILT
        else "not tried: not among the tests that were asked for"
    )


def _joined(words: Iterable[str | None]) -> str:
    return "; ".join(dict.fromkeys(filter(None, words)))


def _outcome(tests: list[list[Any]]) -> str:
    """The results of the tests of a case. Each test has one report per phase, or none if it was deselected."""
    failed, ran = sum(any(report.failed for report in test) for test in tests), sum(map(_ran, tests))
    why_not = _joined(report.longrepr[2] for test in tests for report in test if report.skipped) or _joined(
        "deselected" for test in tests if not test
    )
    seconds = sum(report.duration for test in tests for report in test)
    took = f"{ran} test{'s' if ran > 1 else ''}, {seconds:.1f} s"
    ended = f"failed ({failed} of {took})" if failed else f"passed ({took})" if ran else ""
    return _joined([ended, why_not and f"not run: {why_not}"])
