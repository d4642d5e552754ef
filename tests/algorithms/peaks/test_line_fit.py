from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.peaks.line_fit import assignment, density, fit_lines, position_errors


def two_lines(rng, apart, n=200, background=100):
    """Spots of two lines of different strength of Gaussian profile, widths drawn per spot, on a flat background."""
    width = rng.uniform(0.5e-4, 2e-4, 2 * n + background)
    q = np.concatenate([np.full(n, 0.2), np.full(n, 0.2 + apart), rng.uniform(0.195, 0.205, background)])
    q[: 2 * n] += 0.8 * width[: 2 * n] * rng.standard_normal(2 * n)
    order = np.argsort(q)
    return q[order], width[order], np.full(len(q), background / 0.01)


def scaled_errors(apart, n_trials):
    """(found - true) / stated error, shape (n_trials, 2), and the counts found."""
    truth = np.array([0.2, 0.2 + apart])
    z, counts = [], []
    for seed in range(n_trials):
        q, width, background = two_lines(np.random.default_rng(seed), apart)
        fit = fit_lines(q, width, truth + [-3e-5, 3e-5], np.full(2, 100.0), background)
        z.append((fit.q - truth) / position_errors(q, width, fit))
        counts.append(fit.counts)
    return np.array(z), np.array(counts)


def test_stated_errors_are_the_scatter_of_repeated_measurements():
    z, counts = scaled_errors(6e-4, 100)
    assert 0.85 < np.std(z) < 1.2
    assert np.all(np.abs(z.mean(axis=0)) < 0.3)
    assert np.allclose(counts.mean(axis=0), 200, atol=15)


def test_lines_two_widths_apart_stay_two():
    z, counts = scaled_errors(2.5e-4, 30)
    assert np.abs(z).max() < 6
    assert counts.min() > 100


def test_shares_and_density_agree_with_the_model():
    q, width, background = two_lines(np.random.default_rng(1), 1e-3)
    fit = fit_lines(q, width, np.array([0.2, 0.201]), np.full(2, 100.0), background)
    spot, line, share, offset = assignment(q, width, fit)
    assert np.allclose(offset, q[spot] - fit.q[line])
    free = 1 - np.bincount(spot, share, len(q))
    assert np.allclose(free, background / density(q, width, fit))
    assert np.allclose(fit.counts, np.bincount(line, share, 2), rtol=1e-3)
