"""The dashboard: the only Streamlit in core."""
