"""
Runs pytest on some files of a library's own tests, the same on both sides. Given as variables: `library`, `tests` and `tools`
(archives: its test files; pytest and what that needs), `folder` (where to unpack), `files` (below it), `options` (pytest's), `begin_at` (how
many tests to leave out) and `left_out` (functions, all of whose tests are left out).

Each test leaves two lines on standard output, when it begins and when it has ended, so that what ends the engine is known by name.
"""

import importlib
import json
import os
import pathlib
import sys
import zipfile

root = pathlib.Path(folder)

# What pytest finds is ours, not the host's: no plugins or options out of its environment, no compiled files beside the sources.
os.environ["PY_IGNORE_IMPORTMISMATCH"] = "1"
sys.dont_write_bytecode = True


def say(**line):
    os.write(1, b"\x1e" + json.dumps(line).encode() + b"\n")


def unpack():
    with zipfile.ZipFile(tests) as archive:
        archive.extractall(root)
    (root / "pytest.ini").write_text("[pytest]\n")
    # Packages of the library between the root and its tests are those that are installed; here they are only on the way.
    for tests_folder in root.rglob("tests"):
        for parent in tests_folder.relative_to(root).parents:
            if parent.name and not (root / parent / "__init__.py").exists():
                (root / parent / "__init__.py").touch()


def open_installed_packages():
    """Lets `numpy.lib.tests` be found although the installed `numpy.lib` lies elsewhere."""
    importlib.import_module(library)
    for path in root.rglob("tests"):
        parent = path.relative_to(root).parent
        if "tests" in parent.parts:
            continue
        try:
            package = importlib.import_module(".".join(parent.parts))
        except ImportError:
            continue
        package.__path__.append(str(root / parent))


class Outcomes:
    def __init__(self):
        self.places = {}
        self.outcome = None
        self.why = ""

    def pytest_collection_modifyitems(self, items):
        self.places = {item.nodeid: place for place, item in enumerate(items)}
        items[:] = [item for item in items[begin_at:] if item.nodeid.partition("[")[0] not in left_out]

    def pytest_collectreport(self, report):
        if report.outcome != "passed":
            say(id=report.nodeid, outcome="error" if report.failed else "skipped", why=reason(report))

    def pytest_runtest_logstart(self, nodeid, location):
        self.outcome = None
        self.why = ""
        say(start=nodeid, place=self.places[nodeid])

    def pytest_runtest_logreport(self, report):
        outcome = outcome_of(report)
        if outcome is not None and self.outcome != "error":
            self.outcome = outcome
            self.why = reason(report)

    def pytest_runtest_logfinish(self, nodeid, location):
        say(id=nodeid, outcome=self.outcome, why=self.why)

    def pytest_sessionfinish(self, exitstatus):
        say(end=int(exitstatus))


def outcome_of(report):
    """None where this phase of the test says nothing."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.when == "call" or report.skipped:
        return report.outcome
    return "error" if report.failed else None


def reason(report):
    """One short line; for people, and for patterns that explain a difference."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        text = crash.message
    elif isinstance(report.longrepr, tuple):
        text = report.longrepr[2]
    else:
        text = str(report.longrepr or "").strip().rpartition("\n")[2]
    return text.encode("ascii", "backslashreplace").decode()[:300]


os.makedirs(root, exist_ok=True)
unpack()
sys.path.insert(0, tools)
open_installed_packages()
import pytest

pytest.main(
    [
        "-p", "no:cacheprovider",
        "-p", "no:terminal",
        "-p", "no:faulthandler",
        "--capture=sys",
        # A file that cannot be imported is one outcome, not the end of the others.
        "--continue-on-collection-errors",
        # Whoever imports the library anew gets the installed one.
        "--import-mode=append",
        f"--rootdir={root}",
        f"--confcutdir={root}",
        "-c", str(root / "pytest.ini"),
        *options,
        *(str(root / file) for file in files),
    ],
    plugins=[Outcomes()],
)  # fmt: skip
