"""Provisioning: which kernel runs a notebook, and executors that run it there."""

from benchbook.provisioning.executors import CellFailure, ColdExecutor, Execution, Executor, NotebookJob
from benchbook.provisioning.kernels import Kernel, choose_kernel

__all__ = ["CellFailure", "ColdExecutor", "Execution", "Executor", "Kernel", "NotebookJob", "choose_kernel"]
