"""How are businesses drawn? All of them in a list, or the settings of one."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.domain import Platform, RateBase
from core.ops.businesses import BusinessSettings
from core.ops.models import Business
from core.ui import (
    actions,
    business_dialogs,
    connections,
    controls,
    data,
    limit_fields,
    markup,
    new_business,
    said,
    text,
)

RATE_BASE_HELP = (
    "What the engagements are divided by: how often the posts were shown, how many people saw them, or how many followed"
    " the account when a post was published."
)
COUNTS_CLICKS_HELP = (
    "Engagements are reactions, comments, shares and saves. With this on, clicks count too: then the numbers are not those"
    " of before."
)


def listed() -> None:
    """Every business with the way to its settings, and the archived ones below."""
    everyone = connections.all_businesses()
    in_use = [business for business in everyone if business.archived_at is None]
    archived = [business for business in everyone if business.archived_at is not None]
    accounts = Counter(account.business_id for account in data.accounts())
    st.button(
        "New business",
        key="businesses_new",
        type="primary",
        icon=":material/add:",
        on_click=business_dialogs.ask_for_new,
    )
    if not everyone:
        st.info(
            "There is no business yet. Create one for each brand or client you look after.",
            icon=":material/storefront:",
        )
    for business in in_use:
        _row(business, accounts[business.id])
    if archived:
        st.subheader("Archived", anchor=False)
        st.caption("Not synced and not counted. Everything that was read is kept until it is deleted for good.")
    for business in archived:
        _archived_row(business)


def settings(business: Business) -> None:
    """What can be set for one business, saved with one button."""
    with st.form("business_settings", border=False):
        left, right = st.columns(2)
        with left, st.container(border=True, height="stretch"):
            name, look = _look(business)
        with right, st.container(border=True, height="stretch"):
            rate = _rate(business)
        with st.container(border=True):
            pace = _syncing(business)
        is_pressed = st.form_submit_button("Save", key="business_save", type="primary", icon=":material/save:")
    if is_pressed:
        with said.told():
            actions.save_business(business.id, name, {**look, **rate, **pace})
            said.later("Saved.")
            st.rerun()


def ending(business: Business) -> None:
    """Put it away, or delete it for good."""
    with st.container(border=True):
        st.markdown("**Archive or delete**")
        st.caption("An archived business is no longer synced or counted, and can be restored with all it had.")
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Archive", key="business_archive", on_click=_archive, args=(business.id,), icon=":material/archive:"
            )
            st.button(
                "Delete for good",
                key="business_delete",
                type="tertiary",
                icon=":material/delete_forever:",
                on_click=business_dialogs.ask_to_delete,
                args=(business.id,),
            )


def _row(business: Business, accounts: int) -> None:
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        about = f"{text.count(accounts, 'account')} · {business.timezone} · rate by {text.RATE_BASES[business.rate_base].lower()}"
        markup.business_face(business.name, about, logo=business.logo)
        st.button("Settings", key=f"business_open_{business.id}", on_click=controls.look_at, args=(business.id,))


def _archived_row(business: Business) -> None:
    at = business.archived_at
    since = text.day(at.astimezone(text.zone_info(business.timezone)).date()) if at else ""
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        markup.business_face(business.name, f"Archived {since}", logo=business.logo)
        with st.container(horizontal=True, width="content", gap="small"):
            st.button("Restore", key=f"business_restore_{business.id}", on_click=_restore, args=(business.id,))
            st.button(
                "Delete for good",
                key=f"business_delete_{business.id}",
                type="tertiary",
                on_click=business_dialogs.ask_to_delete,
                args=(business.id,),
            )


def _look(business: Business) -> tuple[str, BusinessSettings]:
    """The name, and how the business is shown."""
    st.markdown("**Name and look**")
    name = st.text_input("Name", value=business.name, max_chars=200, key=f"business_name_{business.id}")
    zone = new_business.zone_field(f"business_zone_{business.id}", business.timezone)
    if business.logo:
        st.image(business.logo, width=64, alt="The logo now")
    uploaded = st.file_uploader(
        "Logo", ["png", "jpg", "jpeg", "webp"], key=f"business_logo_{business.id}", max_upload_size=5
    )
    is_removed = bool(business.logo) and st.checkbox("Remove the logo", key=f"business_logo_gone_{business.id}")
    if uploaded:
        return name, {"timezone": zone, "logo": uploaded.getvalue()}
    return name, {"timezone": zone, "logo": None} if is_removed else {"timezone": zone}


def _rate(business: Business) -> BusinessSettings:
    st.markdown("**Engagement**")
    base = st.radio(
        "Engagement rate by",
        list(RateBase),
        index=list(RateBase).index(business.rate_base),
        format_func=lambda one: text.RATE_BASES[one],
        captions=[
            "Engagements ÷ impressions",
            "Engagements ÷ reach",
            "Engagements ÷ followers when the post was published",
        ],
        key=f"business_rate_{business.id}",
        help=RATE_BASE_HELP,
    )
    clicks = st.toggle(
        "Clicks count as engagement",
        value=business.counts_clicks,
        key=f"business_clicks_{business.id}",
        help=COUNTS_CLICKS_HELP,
    )
    return {"rate_base": base or business.rate_base, "counts_clicks": clicks}


def _syncing(business: Business) -> BusinessSettings:
    """How long posts are young, how long they are read daily, and how many are read at most."""
    st.markdown("**Syncing**")
    st.caption(
        "A post's numbers settle with its age, so young posts are read at every sync, older ones once a day or a week."
    )
    fresh, daily, most = st.columns(3)
    with fresh:
        fresh_days = st.number_input(
            "Read at every sync: posts up to … days old",
            1,
            90,
            business.fresh_days,
            key=f"business_fresh_{business.id}",
            help="Default: 7",
        )
    with daily:
        daily_days = st.number_input(
            "Read once a day: posts up to … days old",
            1,
            730,
            business.daily_days,
            key=f"business_daily_{business.id}",
            help="Default: 90. Older ones are read once a week.",
        )
    default, key = data.settings().posts_per_sync, f"business_posts_{business.id}"
    st.session_state.setdefault(key, business.posts_per_sync)  # a default of the field itself could not be cleared
    with most:
        posts = st.number_input(
            "Posts read of an account at most",
            1,
            10_000,
            None,
            key=key,
            placeholder=f"{default:,} (default)",
            help=f"Empty: {default:,}, the newest ones.",
        )
    cap = limit_fields.monthly_cap(business)
    for sentence in _caps(business.id):
        st.caption(text.literal(sentence))
    return {"fresh_days": fresh_days, "daily_days": daily_days, "posts_per_sync": posts, **cap}


def _caps(business_id: int) -> Sequence[str]:
    """What holds for everyone, whatever a business sets."""
    platforms = {account.platform for account in data.accounts() if account.business_id == business_id}
    settings = data.settings()
    hours, cap = settings.linkedin_every_hours, text.usd(settings.x_daily_cap_usd)
    spent = text.usd(data.spent_on(Platform.X))
    sentences = {
        Platform.LINKEDIN: f"LinkedIn is read {_every(hours)} at most: its development tier allows 100 calls a member a day"
        " (TIDELINE_LINKEDIN_EVERY_HOURS).",
        Platform.X: f"X bills for every post read, about $0.005. Reading stops before a day (UTC) would cost more than {cap}"
        f" over all X accounts together, and goes on the next day (TIDELINE_X_DAILY_CAP_USD). Today so far: about {spent}.",
    }
    return [sentence for platform, sentence in sentences.items() if not platforms or platform in platforms]


def _every(hours: int) -> str:
    return "every hour" if hours == 1 else f"every {hours} hours"


def _archive(business_id: int) -> None:
    actions.archive_business(business_id)
    controls.look_at(None)
    said.later("Archived. It can be restored below.")


def _restore(business_id: int) -> None:
    actions.restore_business(business_id)
    said.later("Restored. It is synced again from the next hour on.")
