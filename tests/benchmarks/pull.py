"""Pull: time entries over loopback HTTP into replica and book, beside dlt and beside a bare loop."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from tests.benchmarks import asking
from tests.benchmarks.endpoint import serving
from tests.benchmarks.entries import projects_of
from tests.benchmarks.row import LEAST, Row

ENTRIES = 500_000
UNIT = "rows per second"


def rows(scale: float) -> Iterator[Row]:
    entries = max(2_000, int(ENTRIES * scale))
    with serving(entries, projects_of(entries)) as url:
        ours = _complete("our_pull", url, entries)
        bare = _complete("bare_loop", url, entries)
        dlt = _dlt(url, entries)
    if isinstance(dlt, str):
        yield Row("pull vs dlt", "dlt", UNIT, ours.speed, None, 3.0, LEAST, note=dlt, measured=False)
    else:
        yield Row("pull vs dlt", dlt.version, UNIT, ours.speed, dlt.speed, 3.0, LEAST, note=f"{entries:,} entries")
    yield Row("pull vs bare loop", bare.version, UNIT, ours.speed, bare.speed, 0.5, LEAST, note=f"{entries:,} entries")


def _complete(module: str, url: str, entries: int) -> asking.Result:
    result = asking.run(module, url)
    if result.rows != entries:
        raise asking.Failed(f"{module} read {result.rows} of {entries} entries.")
    return result


def _dlt(url: str, entries: int) -> asking.Result | str:
    """What dlt took, or why it was not measured."""
    if importlib.util.find_spec("dlt") is None:
        return "dlt is not installed: `main.py bench` installs it"
    try:
        return _complete("dlt_peer", url, entries)
    except asking.Failed as failed:
        return str(failed)
