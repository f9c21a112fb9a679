"""The pages, each a script that `st.navigation` runs."""
