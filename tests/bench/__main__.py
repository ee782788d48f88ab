"""Every benchmark, a ratio a line: `make bench`."""

import sys

from tests.bench import bench_sync

if __name__ == "__main__":
    sys.exit(0 if bench_sync.main() else 1)
