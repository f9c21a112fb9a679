"""What a visitor takes along to show: reports, tables, a run as a script or as a notebook."""
