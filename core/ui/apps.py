"""How is a provider's app set up? What to register there, what to paste, what to set here, and whether it works."""

from urllib.parse import urlsplit

import streamlit as st

from core.domain import Provider
from core.scopes import SCOPES
from core.tickets import redirect_uri
from core.ui import actions, data, said, signin, text
from core.ui.guides import GUIDES, Guide

LOCAL = ("localhost", "127.0.0.1")


def introduce() -> None:
    """What this page is for, and where to go without any app."""
    if data.settings().demo:
        st.info(
            "This is the demo: the sandbox stands in for every platform, and its apps are set up already. Below is what real"
            " ones need.",
            icon=":material/science:",
        )
    elif not any(signin.is_configured(provider) for provider in Provider):
        st.info(
            "No platform is set up yet. Each of them wants to know who asks, so whoever runs Tideline registers an app there"
            " once; reviews can take days. To look around first, run `make demo`: a sandbox stands in for the platforms, with"
            " data of its own.",
            icon=":material/science:",
        )
    else:
        st.caption("Set up once by whoever runs Tideline; marketers then only sign in.")


def guide(provider: Provider) -> None:
    """One provider, folded away once it is set up."""
    is_ready = signin.is_configured(provider)
    state = ":green-badge[:material/check: Set up]" if is_ready else ":gray-badge[Not set up]"
    known = GUIDES[provider]
    with st.expander(f"**{known.title}** {state}", expanded=not is_ready and provider is Provider.LINKEDIN):
        st.caption(known.purpose)
        _register(known)
        _redirect(provider)
        _scopes(provider, known)
        _variables(provider)
        if is_ready:
            _test(provider)


def _register(known: Guide) -> None:
    st.markdown("**1. Register an app**")
    st.markdown("\n".join(f"- {step}" for step in known.steps))
    with st.container(horizontal=True, gap="small"):
        for label, url in known.links.items():
            st.link_button(label, url, icon=":material/open_in_new:")


def _redirect(provider: Provider) -> None:
    address = redirect_uri(data.settings(), provider)
    st.markdown(f"**2. Paste this address** as {GUIDES[provider].redirect_field}")
    st.code(address, language=None, wrap_lines=True)
    st.caption("Letter by letter: it is compared exactly. It follows from TIDELINE_PUBLIC_URL.")
    warning = _about_address(provider, address)
    if warning:
        st.warning(warning, icon=":material/warning:")


def _scopes(provider: Provider, known: Guide) -> None:
    st.markdown(f"**3. Ask for these permissions.** {known.products}")
    separator = " " if provider in (Provider.LINKEDIN, Provider.X) else ","
    st.code(separator.join(SCOPES[provider]), language=None, wrap_lines=True)


def _variables(provider: Provider) -> None:
    st.markdown("**4. Set these in `.env`**, then restart Tideline")
    names = (f"TIDELINE_{provider.value.upper()}_CLIENT_{part}" for part in ("ID", "SECRET"))
    st.code("\n".join(f"{name}=" for name in names), language=None)
    st.caption(GUIDES[provider].credentials)


def _test(provider: Provider) -> None:
    if st.button("Test client id and secret", key=f"apps_test_{provider}", icon=":material/network_check:"):
        with said.told("Does not work"):
            actions.check_app(provider)
            st.badge(
                f"{text.PROVIDERS[provider]} accepts the client id and the secret",
                icon=":material/check:",
                color="green",
            )


def _about_address(provider: Provider, address: str) -> str | None:
    """What the provider would refuse about our address.

    X: docs.x.com/resources/fundamentals/developer-apps; Meta: developers.facebook.com/blog/post/2018/06/08/enforce-https-facebook-login
    (both 2026-11-24).
    """
    url = urlsplit(address)
    if provider is Provider.X and url.hostname == "localhost":
        other = address.replace("//localhost", "//127.0.0.1", 1).partition("/oauth/")[0]
        return f"X does not take localhost: set TIDELINE_PUBLIC_URL={other} and open Tideline under that address."
    if url.scheme == "https" or data.settings().demo:
        return None
    if url.hostname not in LOCAL:
        return f"{text.PROVIDERS[provider]} wants an https address: serve Tideline behind https and set TIDELINE_PUBLIC_URL to it."
    if provider is Provider.META and url.hostname == "127.0.0.1":
        return "Facebook takes http for localhost alone, while its app is in development mode: else serve Tideline behind https."
    if provider is Provider.INSTAGRAM:
        return "Instagram wants an https address even on one's own machine: serve Tideline behind https."
    return None
