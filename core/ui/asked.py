"""What became of what this viewer asked of the sidecar? A move, or a deletion, is carried out by it within a second or two."""

from collections.abc import Iterator

import streamlit as st

from core.ops.models import Request
from core.ui import connections, data, said, states

ASKED = "asked"


def remember(request_id: int, doing: str) -> None:
    """Keep an eye on a request; `doing` is what is being done, in a few words."""
    _asked()[request_id] = doing
    said.later("On its way. What came of it is told at the top of the page.")


def draw() -> None:
    """Each request of this session, until its outcome has been read."""
    for request, doing in list(_found()):
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                _state(request)
                if request.finished_at is not None:
                    st.button(
                        "Dismiss", key=f"asked_{request.id}", type="tertiary", on_click=_forget, args=(request.id,)
                    )
            st.text(_outcome(request, doing))


def _state(request: Request) -> None:
    if request.finished_at is None:
        st.badge("On its way", icon=":material/hourglass_top:", color="blue")
    elif request.error:
        st.badge("Not done", icon=":material/error:", color="red")
    else:
        st.badge("Done", icon=":material/check_circle:", color="green")


def _outcome(request: Request, doing: str) -> str:
    if request.finished_at is None and not data.sidecar().is_running:
        return f"{doing}\n{states.start_sidecar()}"
    return request.error or request.outcome or doing


def _found() -> Iterator[tuple[Request, str]]:
    for request_id, doing in _asked().items():
        request = connections.find_request(request_id)
        if request is not None:
            yield request, doing


def _asked() -> dict[int, str]:
    asked: dict[int, str] = st.session_state.setdefault(ASKED, {})
    return asked


def _forget(request_id: int) -> None:
    _asked().pop(request_id, None)
