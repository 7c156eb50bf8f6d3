"""A whole network among the runtimes: float and 8 bits, each through its cheapest call, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
from compiled import CompiledFunction, is_made_of
from contender import EIGHT_BITS, FAST_FLOAT, FLOAT, ModelContender, take_turns
from forms import compare_times
from kernel_contest import AVX2_CPU
from native import cpu_flags, time_native
from networks import Network, Programs, accuracy, call, prepare
from result import OURS, Asked, Entry, Row

# Recipes, and how many times as fast as float their programs have to be. Weights alone save memory, not time, where one
# weight multiplies many pixels.
_RECIPES = {"w8a16": 1.0, "w8": 0.9, "w4": 0.9, "w2": 0.9}


def prepared(network: Network, folder: Path) -> Programs:
    """The network's programs; those of an earlier run where neither the model nor the compiler has changed."""
    stamp = folder / "programs.made-of"
    if is_made_of(stamp, network.model) and Programs(folder).quantized.exists():
        return Programs(folder)
    programs = prepare(network, folder)
    is_made_of(stamp, network.model, write=True)
    return programs


def _ours(program: Path, form: str, sample: np.ndarray, cpu: str = "native") -> ModelContender:
    compiled = CompiledFunction(program, [sample], cpu, fast_float=form == FAST_FLOAT)

    def run(x: np.ndarray) -> np.ndarray:
        compiled.inputs[0][...] = x
        return compiled.call().copy()

    return ModelContender(OURS, form, time_native(compiled.function, compiled.buffers), run)


def _contenders(network: Network, peers: list[ModuleType], folder: Path) -> list[ModelContender]:
    programs, samples = prepared(network, folder), network.test()[0]
    found = [
        _ours(programs.quantized, EIGHT_BITS, samples[:1]),
        _ours(programs.float, FLOAT, samples[:1]),
        _ours(programs.float, FAST_FLOAT, samples[:1]),
    ]
    for peer in peers:
        if hasattr(peer, "models"):
            found += peer.models(network, folder)
    return found


def _accuracy(contender: ModelContender, network: Network) -> str:
    samples, labels = network.test()
    scores = np.stack([contender.run(sample[None]).reshape(-1) for sample in samples])
    return f"{accuracy(scores, labels):.2f} % right"


def _bars(row: Row) -> list[Asked]:
    """What is asked of the network: our time as a share of a peer's."""
    eight_bits, floating, fast = row.ours(), row.ours(FLOAT), row.ours(FAST_FLOAT)
    of_peer = 0.85 if "avx512_vnni" in cpu_flags() else 0.75
    asked = {
        "digits": [("time of the best peer", eight_bits, row.best_peer(), 0.4)],
        "imagenet": [
            ("time of the best 8-bit peer", eight_bits, row.best_peer(EIGHT_BITS), of_peer),
            ("our float code: time of the best float peer", floating, row.best_peer(FLOAT), 1.15),
            ("our float code with fast-float: time of the best float peer", fast, row.best_peer(FLOAT), 1.15),
        ],
    }
    found = []
    for what, ours, best, factor in asked.get(row.work, []):
        if best:
            ratio = ours.least_us / best.least_us
            found.append(
                Asked(
                    f"{what}, {best.title}",
                    what.rpartition("the ")[2] + (", fast float" if ours is fast else ""),
                    f"<= {factor:g} x",
                    f"{ratio:.2f} x",
                    ratio <= factor,
                )
            )
    return found


def measure(network: Network, peers: list[ModuleType], folder: Path, rounds: int, step: Callable[[], None]) -> Row:
    """Measures one network; `step` is told after each round."""
    row = _row(network.name, _contenders(network, peers, folder), network, rounds, step)
    row.bars.extend(_bars(row))
    return row


def measure_avx2(network: Network, folder: Path, rounds: int, step: Callable[[], None]) -> Row:
    """Our 8-bit code for a CPU with AVX2 and no VNNI against our float code for it."""
    programs, sample = prepared(network, folder), network.test()[0][:1]
    forms = ((programs.quantized, EIGHT_BITS), (programs.float, FLOAT))
    contenders = [_ours(program, form, sample, AVX2_CPU) for program, form in forms]
    row = _row(f"AVX2 code, {network.name}", contenders, network, rounds, step)
    ratio = row.ours(FLOAT).least_us / row.ours().least_us
    what = "as fast as our own float code, the whole network"
    row.bars.append(Asked(what, "own float", ">= 1.9 x", f"{ratio:.2f} x", ratio >= 1.9))
    return row


def measure_recipes(network: Network, folder: Path, rounds: int, step: Callable[[], None]) -> Row:
    """Our code for recipes beside 8 bits, against our float code."""
    programs, sample = prepared(network, folder), network.test()[0][:1]
    contenders = [_ours(programs.float, FLOAT, sample)]
    for recipe in _RECIPES:
        program = folder / f"m.{recipe}.mlir"
        calibrated = ("--calibration", programs.table, "--moments", programs.moments)
        call("quantize", programs.float, *calibrated, "--recipe", recipe, "-o", program)
        contenders.append(_ours(program, recipe, sample))
    row = _row(f"{network.name}, other recipes", contenders, network, rounds, step)
    row.bars.extend(compare_times(row, list(_RECIPES.values())))
    return row


def _row(name: str, contenders: list[ModelContender], network: Network, rounds: int, step: Callable[[], None]) -> Row:
    times = take_turns([contender.time for contender in contenders], rounds, step)
    entries = [
        Entry(c.name, c.form, 1e6 * t.median, 1e6 * t.least, _accuracy(c, network), c.note)
        for c, t in zip(contenders, times, strict=True)
    ]
    return Row(name, "whole models", entries, measured_at=time.strftime("%Y-%m-%d %H:%M"))
