"""Plotly figures from arrays, independent of networks and pages."""
