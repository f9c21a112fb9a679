"""Dino: a laboratory where you watch a recurrent network learn to name dinosaurs."""

import os

# One thread per operation: at these sizes a second one costs more than it brings, and many
# learners share the machine. The libraries read these when they load, so it is set here, first.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

__version__ = "0.1.0"
