"""The experiment as one page that needs nothing else: fronts, the table, layers and their ranges."""

from __future__ import annotations

import html
import json
import math
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lowbit.explore.forms import EIGHT_BITS
from lowbit.explore.trials import write_atomically

if TYPE_CHECKING:
    from lowbit.explore.experiment import Experiment

STYLE = """
:root { color-scheme: light dark; --ink: #1a1d21; --soft: #6b7280; --line: #d8dce2; --mark: #0b6bcb; --card: #fff;
  --page: #f5f6f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #9aa3af; --line: #363b43; --mark: #6db3ff;
  --card: #1e2126; --page: #15171a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 70rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { color: var(--soft); margin: 0 0 .75rem; max-width: 46rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
figure, .scroll { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .75rem; }
figcaption { color: var(--soft); font-size: .85rem; }
.scroll { overflow-x: auto; padding: 0; }
svg { width: 100%; height: auto; display: block; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg .name { fill: var(--ink); } svg .axis { stroke: var(--line); } svg .front { stroke: var(--mark); fill: none;
  stroke-width: 1.5; } svg .on { fill: var(--mark); } svg .off { fill: var(--soft); } svg .bar { fill: var(--mark); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, .left { text-align: left; } th { color: var(--soft); font-weight: 500; }
"""


def find_front(points: list[tuple[float, float]]) -> list[int]:
    """The points that no other beats in both: a smaller first and a greater second number; ascending in the first."""
    order = sorted(range(len(points)), key=lambda index: (points[index][0], -points[index][1]))
    front, best = [], -math.inf
    for index in order:
        if points[index][1] > best:
            best = points[index][1]
            front.append(index)
    return front


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _draw_front(title: str, unit: str, metric: str, points: list[tuple[float, float, str]]) -> str:
    """A chart of cost against quality, the front drawn through."""
    points = [point for point in points if point[0] > 0]
    if not points:
        return ""
    width, height, left, bottom = 400, 260, 44, 34
    xs, ys = [math.log10(point[0]) for point in points], [point[1] for point in points]
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    x_span, y_span = (x1 - x0) or 1, (y1 - y0) or 1

    def place(x: float, y: float) -> tuple[float, float]:
        across = left + (math.log10(x) - x0) / x_span * (width - left - 90) + 10
        return across, height - bottom - (y - y0) / y_span * (height - bottom - 30) - 6

    front = find_front([(point[0], point[1]) for point in points])
    path = " ".join(
        f"{'ML'[bool(step)]}{x:.1f},{y:.1f}" for step, index in enumerate(front) for x, y in [place(*points[index][:2])]
    )
    marks, taken = [], []
    # Those of the front are named first; a name for which there is no room beside its point is left to the pointer.
    for index in [*front, *(index for index in range(len(points)) if index not in front)]:
        x, y, name = points[index]
        across, up = place(x, y)
        kind = "on" if index in front else "off"
        marks.append(
            f'<circle class="{kind}" cx="{across:.1f}" cy="{up:.1f}" r="4"><title>{html.escape(name)}: '
            f"{_number(x)} {unit}, {y:.2f}</title></circle>"
        )
        end = across + 6 * len(name)
        for label in (up + 4, up - 7, up + 15):
            if all(abs(label - other) >= 11 or across > last or end < first for first, last, other in taken):
                taken.append((across, end, label))
                marks.append(f'<text class="name" x="{across + 7:.1f}" y="{label:.1f}">{html.escape(name)}</text>')
                break
    axes = (
        f'<line class="axis" x1="{left}" y1="10" x2="{left}" y2="{height - bottom}"/>'
        f'<line class="axis" x1="{left}" y1="{height - bottom}" x2="{width}" y2="{height - bottom}"/>'
        f'<text x="{left - 4}" y="{place(10**x0, y1)[1] + 4:.1f}" text-anchor="end">{y1:.1f}</text>'
        f'<text x="{left - 4}" y="{place(10**x0, y0)[1] + 4:.1f}" text-anchor="end">{y0:.1f}</text>'
        f'<text x="{left + 10}" y="{height - bottom + 14}">{_number(10**x0)}</text>'
        f'<text x="{place(10**x1, y0)[0]:.1f}" y="{height - bottom + 14}" text-anchor="middle">{_number(10**x1)}</text>'
        f'<text x="{width}" y="{height - 4}" text-anchor="end">{unit}, logarithmic</text>'
    )
    return (
        f"<figure><figcaption>{html.escape(metric)} against {html.escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(metric)} against '
        f'{html.escape(title)}">{axes}<path class="front" d="{path}"/>{"".join(marks)}</svg></figure>'
    )


def _table(experiment: Experiment) -> str:
    columns = (
        "recipe",
        "accuracy %",
        "SQNR dB",
        "bits of a weight",
        "bytes of constants",
        "bytes of activations",
        "µJ predicted",
        "µs measured",
    )
    rows = []
    for row in [experiment.float_program, *experiment.results]:
        name = html.escape(row["name"])
        if "error" in row:
            rows.append(f"<tr><td>{name}</td><td colspan='7'>{html.escape(row['error'])}</td></tr>")
            continue
        accuracy, sqnr = row["accuracy_percent"], row["sqnr_db"]
        latency = experiment.latencies.get(row["name"])
        cells = [
            "-" if accuracy is None else f"{accuracy:.2f}",
            "-" if sqnr is None else f"{sqnr:.2f}",
            f"{row['average_weight_bits']:.2f}",
            f"{row['constant_bytes']:,}",
            f"{row['arena_bytes']:,}",
            f"{row['energy_microjoules']:,.2f}",
            "-" if latency is None else f"{latency:,.1f}",
        ]
        rows.append(f"<tr><td>{name}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    head = "".join(f"<th>{column}</th>" for column in columns)
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


def _layers(experiment: Experiment) -> str:
    if not experiment.layers:
        return ""
    forms = sorted({form for layer in experiment.layers for form in layer.bound} - {EIGHT_BITS})
    heads = "".join(f"<th>{form}{suffix}</th>" for suffix in ("", ", no data") for form in forms)
    rows = []
    for layer in experiment.layers:
        cells = [
            f"<td>{-10 * math.log10(kind[form]):.1f}</td>" if kind.get(form) else "<td>-</td>"
            for kind in (layer.noise, layer.bound)
            for form in forms
        ]
        rows.append(f"<tr><td>{html.escape(layer.name)}</td><td>{layer.weights:,}</td>{''.join(cells)}</tr>")
    return (
        "<h2>Sensitivity</h2><p>Signal to noise of the outputs on the calibration data, in decibels, of what this "
        "layer alone adds when its weights have another form and all others 8 bits; and of the sums of the layer "
        "itself, by its weights alone. 4-g16 are 4 bits in groups of 16.</p><div class='scroll'><table><thead><tr>"
        f"<th>layer</th><th>weights</th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _draw_weights(histogram: dict[str, Any], largest: float) -> str:
    """The distribution of a layer's weights over [-largest, largest]; heights are square roots of counts."""
    counts, width, height = histogram["counts"], 160, 40
    most, step = max(counts), 160 / len(counts) * (histogram["largest"] / largest if largest else 1)
    bars = "".join(
        f'<rect class="bar" x="{width / 2 + (i - len(counts) / 2) * step:.1f}" y="{height - tall:.1f}" '
        f'width="{max(step * 0.8, 0.8):.1f}" height="{tall:.1f}"/>'
        for i, count in enumerate(counts)
        if count
        for tall in [max(38 * math.sqrt(count / most), 0.6)]
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" style="width:10rem;height:2.5rem" role="img" '
        f'aria-label="weights up to {largest:.3g}">{bars}</svg>'
    )


def _weights(experiment: Experiment) -> str:
    """The weights of every layer before quantization, and what each recipe leaves of them."""
    columns = [row for row in experiment.results if row.get("weights")]
    before = experiment.float_program.get("weights", [])
    if not columns or not before:
        return ""
    after = [{entry["name"]: entry for entry in row["weights"]} for row in columns]
    rows = []
    for entry in before:
        found = [column.get(entry["name"]) for column in after]
        largest = max([entry["largest"], *(other["largest"] for other in found if other)])
        cells = [
            f"<td class='left'>{_draw_weights(other, largest) if other else '-'}</td>" for other in [entry, *found]
        ]
        rows.append(f"<tr><td>{html.escape(entry['name'])}</td><td>{largest:.3g}</td>{''.join(cells)}</tr>")
    names = "".join(f"<th class='left'>{html.escape(row['name'])}</th>" for row in columns)
    return (
        "<h2>Weights</h2><p>The weights of every layer in float, and what each recipe makes of them, over one range "
        "for a layer; the heights of bars are square roots of counts.</p><div class='scroll'><table><thead><tr>"
        f"<th>layer</th><th>up to</th><th class='left'>float</th>{names}</tr></thead><tbody>{''.join(rows)}</tbody>"
        "</table></div>"
    )


def _float_ops(experiment: Experiment) -> str:
    """What stayed float in each program, and why."""
    rows = [
        f"<tr><td>{html.escape(row['name'])}</td><td class='left'>{html.escape(text)}</td></tr>"
        for row in experiment.results
        for text in row.get("float_ops", [])
    ]
    if not rows:
        return "<h2>What stayed float</h2><p>Nothing: every op that a recipe reaches computes with integers.</p>"
    return (
        "<h2>What stayed float</h2><div class='scroll'><table><thead><tr><th>recipe</th><th class='left'>op, and why"
        f"</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _bin_value(index: int) -> float:
    """The lower bound of a bin of a calibration table: bins are the upper 16 bits of floats, in ascending order."""
    bits = index - 0x8000 if index >= 0x8000 else 0xFFFF - index
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


def _draw_histogram(tensor: dict[str, Any]) -> str:
    """The distribution of a tensor's values over its range."""
    low, high, bars = tensor["min"], tensor["max"], 48
    if not high > low:
        return ""
    counts = [0.0] * bars
    for first, *run in tensor["bins"]:
        for offset, count in enumerate(run):
            value = min(max(_bin_value(first + offset), low), high)
            counts[min(int((value - low) / (high - low) * bars), bars - 1)] += count
    most = max(counts) or 1
    drawn = "".join(
        f'<rect class="bar" x="{i * 4}" y="{40 - 38 * math.sqrt(count / most):.1f}" width="3" '
        f'height="{38 * math.sqrt(count / most):.1f}"/>'
        for i, count in enumerate(counts)
    )
    return (
        f'<svg viewBox="0 0 192 40" style="width:12rem;height:2.5rem" role="img" aria-label="histogram">{drawn}</svg>'
    )


def _ranges(experiment: Experiment) -> str:
    table = json.loads(experiment.workspace.table.read_text())
    rows = [
        f"<tr><td>{html.escape(tensor['name'])}</td><td>{tensor['min']:.4g}</td><td>{tensor['max']:.4g}</td>"
        f"<td class='left'>{_draw_histogram(tensor)}</td></tr>"
        for tensor in table["tensors"]
        if tensor["bins"]
    ]
    return (
        "<h2>Ranges</h2><p>The values of every tensor of the float program over the calibration data; the heights of "
        "bars are square roots of counts.</p><div class='scroll'><table><thead><tr><th>tensor</th><th>least</th>"
        f"<th>greatest</th><th class='left'>values</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def write_page(experiment: Experiment, path: Path) -> None:
    """Writes the page; it loads nothing from elsewhere."""
    rows = [row for row in experiment.results if "error" not in row]
    has_accuracy = any(row["accuracy_percent"] is not None for row in rows)
    metric = "accuracy in percent" if has_accuracy else "SQNR in decibels"
    quality = "accuracy_percent" if has_accuracy else "sqnr_db"
    shown = [row for row in [experiment.float_program, *rows] if row[quality] is not None]
    charts = [
        _draw_front(
            "bytes of constants", "bytes", metric, [(row["constant_bytes"], row[quality], row["name"]) for row in shown]
        ),
        _draw_front(
            "time of one run",
            "µs",
            metric,
            [(experiment.latencies.get(row["name"], 0), row[quality], row["name"]) for row in shown],
        ),
        _draw_front(
            "predicted energy of one run",
            "µJ",
            metric,
            [(row["energy_microjoules"], row[quality], row["name"]) for row in shown],
        ),
    ]
    name = html.escape(experiment.workspace.program.name)
    write_atomically(
        path,
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>Levels of {name}</title><style>{STYLE}</style></head><body><h1>Levels of {name}</h1>"
            "<p>Each point is a recipe; the line joins those that no other beats in both. Energy is predicted from "
            "counts of operations and bytes with the energies of Horowitz, ISSCC 2014 (45 nm).</p>"
            f'<div class="charts">{"".join(charts)}</div><h2>Recipes</h2>{_table(experiment)}{_layers(experiment)}'
            f"{_float_ops(experiment)}{_weights(experiment)}"
            f"{_ranges(experiment)}</body></html>\n"
        ),
    )
