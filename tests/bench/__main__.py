"""Every benchmark, a ratio a line: `make bench`."""

import sys

from tests.bench import bench_growth, bench_memory, bench_sync

if __name__ == "__main__":
    succeeded = [benchmark.main() for benchmark in (bench_sync, bench_growth, bench_memory)]
    sys.exit(0 if all(succeeded) else 1)
