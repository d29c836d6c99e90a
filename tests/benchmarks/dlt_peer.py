"""dlt's sqlalchemy destination on SQLite, merging by id, as its documentation sets it up."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.benchmarks.asking import QUERY, printed


def pages(url: str) -> Iterator[list[dict[str, Any]]]:
    """Every page of the collection, with requests, which is dlt's own client."""
    with requests.Session() as client:
        client.trust_env = False
        number, taken, total = 1, 0, 1
        while taken < total:
            body = client.get(f"{url}/api/v1/time_entries", params={**QUERY, "page": str(number)}).json()
            rows = [body["time_entries"][each["id"]] for each in body["results"]]
            yield rows
            number, taken, total = number + 1, taken + len(rows), body["count"]


def main(url: str, folder: str) -> None:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DLT_DATA_DIR"] = folder
    import dlt

    pipeline = dlt.pipeline(
        pipeline_name="bench",
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{Path(folder) / 'dlt.db'}"),
        dataset_name="main",
        pipelines_dir=folder,
    )
    resource = dlt.resource(pages(url), name="time_entry", write_disposition="merge", primary_key="id")
    began = time.perf_counter()
    pipeline.run(resource)
    seconds = time.perf_counter() - began
    with pipeline.sql_client() as client, client.execute_query("SELECT count(*) FROM time_entry") as found:
        printed(int(found.fetchall()[0][0]), seconds, f"dlt {dlt.__version__}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1], folder)
