"""How long does dlt take for the same requests? Run in a process of its own: `python -m tests.bench.peer_dlt PLAN WORKERS`.

PLAN is a JSON list of what one of our first syncs asked: table, url, headers, form, and what had to follow its answer. dlt gets the
very same requests with the very same dependencies, set up as its documentation advises for speed: resources and transformers
parallelized, pages of rows instead of rows, its own HTTP client, no child tables, Parquet files into DuckDB, telemetry off.
WORKERS is the size of its pool: it ships with 5. Rows that have an id are merged on it, as they must be for an hourly run not to
double them; the others are appended. Imports do not count: a small pipeline runs before. Prints what it took as JSON.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "EXTRACT__MAX_PARALLEL_ITEMS": "256",
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
}


def main(plan_path, workers):
    os.environ.update(SETTINGS, EXTRACT__WORKERS=workers)
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    run(plan[:1])  # imports, and whatever else a first pipeline of a process does
    print(json.dumps(run(plan)))


def run(plan):
    """Pull and load the plan into a new DuckDB file."""
    import dlt  # noqa: PLC0415  # after its settings
    from dlt.sources.helpers import requests  # noqa: PLC0415

    asked = []

    def fetch(item):
        method = "POST" if item["form"] else "GET"
        answer = requests.request(method, item["url"], headers=item["headers"], data=item["form"])
        asked.append(item["url"])
        rows = rows_of(answer.json())
        key = all(isinstance(row, dict) and "id" in row for row in rows)
        hints = dlt.mark.make_hints(
            table_name=item["table"],
            write_disposition="merge" if key else "append",
            primary_key="id" if key else None,
        )
        return dlt.mark.with_hints(rows, hints, create_table_variant=True)

    @dlt.source(max_table_nesting=0)
    def platforms():
        alone = dlt.resource([item for item in plan if not item["then"]], name="alone", selected=False)
        first = dlt.resource([item for item in plan if item["then"]], name="first", selected=False)
        answers = dlt.transformer(fetch, name="answers", parallelized=True)
        lists = dlt.transformer(lambda item: {"item": item, "rows": fetch(item)}, name="lists", parallelized=True)
        listed = dlt.transformer(lambda page: page["rows"], name="listed")
        later = dlt.transformer(lambda page: iter(page["item"]["then"]), name="later", selected=False)
        follow = dlt.transformer(fetch, name="follow", parallelized=True)
        pages = first | lists
        yield alone | answers
        yield pages | listed
        yield pages | later | follow

    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "peer",
            pipelines_dir=f"{folder}/pipelines",
            destination=dlt.destinations.duckdb(f"{folder}/peer.duckdb"),
            dataset_name="social",
        )
        began = time.perf_counter()
        pipeline.run(platforms(), loader_file_format="parquet")
        seconds = time.perf_counter() - began
        counts = pipeline.last_trace.last_normalize_info.row_counts
    loaded = sum(count for table, count in counts.items() if not table.startswith("_"))
    return {"seconds": seconds, "rows": loaded, "requests": len(asked)}


def rows_of(body):
    """The rows of an answer: its list, its objects by id, or itself; of a batch of calls those of its parts."""
    if isinstance(body, list):
        return [row for part in body for row in rows_of(json.loads(part["body"]))]
    for name in ("data", "elements"):
        if isinstance(body.get(name), list):
            return body[name]
    if all(isinstance(value, dict) for value in body.values()):
        return list(body.values())
    return [body]


if __name__ == "__main__":
    main(*sys.argv[1:])
