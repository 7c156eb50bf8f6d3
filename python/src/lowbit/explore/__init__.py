"""The experiment that chooses a level: many recipes on one model, their accuracy, size, speed and energy side by side.

Every trial is one call of `run_trial`, a function of files that returns a dictionary, so any `concurrent.futures`
executor runs them: threads, processes, or the pool of a Dask client. A trial that is done is a file; an experiment that
was interrupted goes on where it stopped.
"""

from lowbit.explore.experiment import Experiment, explore
from lowbit.explore.forms import Form
from lowbit.explore.mixed import Budget, Layer, assign_forms, measure_sensitivity
from lowbit.explore.trials import Workspace, run_trial

__all__ = [
    "Budget",
    "Experiment",
    "Form",
    "Layer",
    "Workspace",
    "assign_forms",
    "explore",
    "measure_sensitivity",
    "run_trial",
]
