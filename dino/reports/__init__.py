"""What a visitor takes along: reports, tables, a run as a script or as a notebook."""
