"""Every benchmark, a ratio a line: `make bench`."""

import sys

from tests.bench import bench_browser, bench_growth, bench_memory, bench_pages, bench_sync, bench_viewers

BENCHMARKS = (bench_sync, bench_growth, bench_memory, bench_pages, bench_browser, bench_viewers)

if __name__ == "__main__":
    succeeded = [benchmark.main() for benchmark in BENCHMARKS]
    sys.exit(0 if all(succeeded) else 1)
