"""What of a sign-in is to be connected, and to which business?"""

import streamlit as st

from core.ui import chooser

pending = chooser.pending()
chooser.introduce(pending)
chooser.missing(pending)

st.subheader("Business", anchor=False)
business_id = chooser.choose_business(pending)

st.subheader("Pages and accounts", anchor=False)
chosen = chooser.choose_accounts(pending, business_id)

chooser.connect(pending, business_id, chosen)
