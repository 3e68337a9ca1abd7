"""A Streamlit project, which needs nothing but its server's option."""

import streamlit  # type: ignore[import-not-found]

streamlit.title("Digits")
