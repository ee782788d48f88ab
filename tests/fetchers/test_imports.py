"""Is the OAuth library imported without its deprecation warning?"""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration


def test_the_module_is_imported_without_a_warning():
    command = [sys.executable, "-W", "error", "-c", "import core.fetchers.oauth"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
