"""Weighted least squares for the xnn of many candidates, as `search.least_squares` and `lattice.normal_equations`."""

from __future__ import annotations

import torch

from mlindex_plugin.algorithms.lattice import MONOCLINIC, ORTHORHOMBIC, TRICLINIC, UNIAXIAL, LatticeTable

_MOST_PRODUCTS = 65535  # small matrices in one call, which every cuBLAS takes


def design(table: LatticeTable, h: torch.Tensor, k: torch.Tensor, l: torch.Tensor) -> torch.Tensor:  # noqa: E741
    """Rows of hkl_design, shape (..., n_free), for Miller indices of shape (...)."""
    hh, kk, ll = h * h, k * k, l * l
    if table.family == TRICLINIC:
        columns = hh, kk, ll, h * k, h * l, k * l
    elif table.family == MONOCLINIC:
        columns = hh, kk, ll, h * l
    elif table.family == ORTHORHOMBIC:
        columns = hh, kk, ll
    elif table.family == UNIAXIAL:
        columns = (hh + kk + h * k if table.hexagonal else hh + kk), ll
    else:
        columns = (hh + kk + ll,)
    return torch.stack(columns, dim=-1)


def corrections(rows: torch.Tensor, weight: torch.Tensor, misfit: torch.Tensor, ridge: float):
    """Weighted least-squares corrections of the parameters.

    Parameters
    ----------
    rows : torch.Tensor, shape (n, n_peaks, n_free)
    weight : torch.Tensor, shape (n, n_peaks)
        Zero for a peak that is not used.
    misfit : torch.Tensor, shape (n, n_peaks)
        Observed less calculated position, 1/Å²; finite also for peaks that are not used.
    ridge : float
        Relative to the diagonal; holds parameters that the peaks say nothing about at their value.

    Returns
    -------
    change : torch.Tensor, shape (n, n_free)
        1/Å².
    solved : torch.Tensor of bool, shape (n,)
        False where the equations are singular.
    """
    scaled = (rows * weight[..., None]).mT
    columns = torch.cat([rows, misfit[..., None]], dim=-1)
    parts = zip(scaled.split(_MOST_PRODUCTS), columns.split(_MOST_PRODUCTS), strict=True)
    equations = torch.cat([one @ other for one, other in parts])
    return _solve(equations.permute(1, 2, 0).contiguous(), ridge)


def _solve(equations: torch.Tensor, ridge: float):
    """Cholesky of many small systems, shape (n_free, n_free + 1, n); the last column is the right-hand side."""
    n = len(equations)
    normal, rhs = equations[:, :n], list(equations[:, n])
    for j in range(n):
        normal[j, j] += ridge * normal[j, j] + 1e-300
    solved = torch.ones_like(rhs[0], dtype=torch.bool)
    for j in range(n):
        pivot = normal[j, j].clone()
        for m in range(j):
            pivot -= normal[j, m] * normal[j, m]
        good = ~((pivot <= 1e-12 * normal[j, j]) | (pivot <= 0))
        solved &= good
        pivot = torch.where(good, pivot, 1.0).sqrt()
        normal[j, j] = pivot
        column = normal[j + 1 :, j]
        for m in range(j):
            column -= normal[j + 1 :, m] * normal[j, m]
        column *= 1 / pivot
    for i in range(n):
        for m in range(i):
            rhs[i] = rhs[i] - normal[i, m] * rhs[m]
        rhs[i] = rhs[i] / normal[i, i]
    for i in reversed(range(n)):
        for m in range(i + 1, n):
            rhs[i] = rhs[i] - normal[m, i] * rhs[m]
        rhs[i] = rhs[i] / normal[i, i]
    return torch.stack(rhs, dim=1), solved
