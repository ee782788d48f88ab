"""What does an error of DuckDB or of the disk say to a person? One sentence, and what to do where that is known."""

import errno
import os

_FULL = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


def is_full(error: BaseException) -> bool:
    """Whether the disk, a quota or the highest size of a file was reached."""
    return any(words in str(error) for words in _FULL)


def reason_of(error: BaseException) -> str:
    """The first line of the error, or what to do where the disk is full."""
    if is_full(error):
        return "its disk is full. Make room there; what is missing is read again by itself."
    line = str(error).splitlines()[0].strip()
    return line if line.endswith((".", "!")) else line + "."
