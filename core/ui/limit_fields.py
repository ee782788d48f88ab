"""How is a business's cap for X asked for?"""

import streamlit as st

from core.domain import Platform
from core.ops.businesses import HIGHEST_CAP_USD, BusinessSettings
from core.ops.models import Business
from core.ui import data, limit_facts, text

_HELP = (
    "Empty: no cap but the day's. Reading stops before X would cost this business more in a month (UTC), and goes on with the"
    " next one or with a higher cap; nothing that was read is lost."
)


def monthly_cap(business: Business) -> BusinessSettings:
    """The field, and what is spent of it; nothing where the business has neither an X account nor a cap."""
    platforms = {account.platform for account in data.accounts() if account.business_id == business.id}
    if platforms and Platform.X not in platforms and business.x_monthly_cap_usd is None:
        return {}
    key = f"business_x_cap_{business.id}"
    st.session_state.setdefault(key, business.x_monthly_cap_usd)  # a default of the field itself could not be cleared
    cap = st.number_input(
        "X may cost in a month at most, in USD",
        0.0,
        float(HIGHEST_CAP_USD),
        None,
        step=1.0,
        format="%.2f",
        key=key,
        placeholder="No cap",
        help=_HELP,
        width=320,
    )
    spent = text.usd(limit_facts.spent_this_month(business.id))
    st.caption(text.literal(f"This month so far: about {spent}."))
    return {"x_monthly_cap_usd": cap}
