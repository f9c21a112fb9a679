"""What the server sends without running a page's script: frames of a run, plotly.js, its health."""
