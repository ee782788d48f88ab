"""How is text that others wrote shown with weight, a picture or a table of facts? Always escaped, in shapes of our own."""

from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlsplit

import streamlit as st

from core.charts.palette import PLATFORM_COLORS
from core.domain import Platform
from core.settings import PROJECT_ROOT
from core.ui import data

LOGO_WIDTH = 42
LOCAL_NAMES = ("localhost", "127.0.0.1")
STYLE = PROJECT_ROOT / "core" / "ui" / "style.css"


def load_style() -> None:
    """The shapes of this module, once for every page."""
    st.html(STYLE)


def account_face(name: str, platform: Platform, about: str, *, picture: str | None) -> None:
    """Who an account is: its picture, its name, its platform and what else tells it apart."""
    dot = f'<span class="tl-dot" style="background:{PLATFORM_COLORS[platform]}"></span>'
    image = _image(picture)
    st.html(
        f'<div class="tl-face"><div class="tl-picture">{_initial(name)}{image}</div>{_names(name, dot + escape(about))}</div>'
    )


def business_face(name: str, about: str, *, logo: bytes | None) -> None:
    """Who a business is: its logo, its name, and a line about it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        if logo:
            st.image(logo, width=LOGO_WIDTH, alt="")
        mark = "" if logo else f'<div class="tl-picture tl-square">{_initial(name)}</div>'
        st.html(f'<div class="tl-face">{mark}{_names(name, escape(about))}</div>')


def facts(told: Mapping[str, str]) -> None:
    """Short facts side by side, as many in a row as there is room for."""
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in told.items())
    st.html(f'<dl class="tl-facts">{rows}</dl>')


def _names(name: str, about: str) -> str:
    return f'<div class="tl-names"><div class="tl-name">{escape(name)}</div><div class="tl-quiet">{about}</div></div>'


def _initial(name: str) -> str:
    """What shows where there is no picture, or where it does not load."""
    return escape(next((letter for letter in name if letter.isalnum()), "•").upper())


def _image(url: str | None) -> str:
    """The picture over the initial. As a background, for one that does not load leaves no mark."""
    if not url or not _may_be_shown(url):
        return ""
    address = quote(url, safe=":/?#@!$&*+,;=%~[]")  # no quote, bracket or backslash ends the url() early
    return f'<div class="tl-image" style="background-image:url(\'{escape(address)}\')"></div>'


def _may_be_shown(url: str) -> bool:
    """Whether a platform's picture lies where one may be shown from: over https, or in the demo with the sandbox."""
    try:
        address = urlsplit(url)
    except ValueError:  # whatever a platform takes for an address
        return False
    is_sandbox = data.settings().demo and address.scheme == "http" and address.hostname in LOCAL_NAMES
    return bool(address.hostname) and (address.scheme == "https" or is_sandbox)
