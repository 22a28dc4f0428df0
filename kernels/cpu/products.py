"""The four matmuls of `matmul` and that of `matmul_i8`, under their names in the table."""

from __future__ import annotations

from collections.abc import Mapping

from anhvm.kernels.cpu import matmul, matmul_i8
from anhvm.kernels.cpu.functions import Functions

FUNCTIONS: Mapping[str, Functions] = {
    "matmul": Functions(matmul.plan_rows.py_func, matmul.run_nn.py_func),
    "matmul_nt": Functions(matmul.plan.py_func, matmul.run_nt.py_func),
    "matmul_tn": Functions(matmul.plan_rows.py_func, matmul.run_tn.py_func),
    **matmul_i8.FUNCTIONS,
    "matmul_tt": Functions(matmul.plan.py_func, matmul.run_tt.py_func),
}
