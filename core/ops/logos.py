"""How does an uploaded picture become a logo? Only pixels of known formats are kept, drawn anew as a small PNG."""

import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from core.errors import ConfigError

LOGO_SIDE = 256
MOST_BYTES = 5_000_000
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
"""SVG is no picture but a document that may hold scripts: it is not taken."""


def make_logo(upload: bytes) -> bytes:
    """A PNG of at most 256 by 256 pixels, without the upload's metadata."""
    if len(upload) > MOST_BYTES:
        raise ConfigError("The logo's file is larger than 5 MB: choose a smaller picture.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(upload), formats=FORMATS) as picture:
                return _drawn(picture)
    except UnidentifiedImageError:
        raise ConfigError("The logo is not a PNG, JPEG or WebP picture: choose a file of one of these.") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ConfigError("The logo's file is damaged: choose another picture.") from None


def _drawn(picture: Image.Image) -> bytes:
    if picture.width * picture.height > MOST_PIXELS:
        raise ConfigError("The logo has more than 40 million pixels: choose a smaller picture.")
    small = picture.convert("RGBA")
    small.thumbnail((LOGO_SIDE, LOGO_SIDE))
    drawn = BytesIO()
    small.save(drawn, "PNG")
    return drawn.getvalue()
