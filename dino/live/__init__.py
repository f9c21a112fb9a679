"""What the server sends without a script: frames of a run, plotly.js, how the server is."""
