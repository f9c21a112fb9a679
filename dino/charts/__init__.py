"""Plotly figures from arrays: they know no network and no page."""
