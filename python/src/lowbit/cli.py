"""The command `lowbit`: one subcommand for each step of the way from a trained network to machine code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lowbit.scales import equalize, smooth
from lowbit.tools import STAGES, LowbitError, next_stage, quote_option, read_stage, run_tool

if TYPE_CHECKING:
    from lowbit.explore.mixed import Budget

Handler = Callable[[argparse.Namespace], None]


def _import(arguments: argparse.Namespace) -> None:
    from lowbit.importer import import_model  # torch-mlir takes a second to load: only the import pays

    import_model(arguments.model, arguments.output)


def _equalize(arguments: argparse.Namespace) -> None:
    _read_float_stage(arguments.program)
    equalize(arguments.program, arguments.output)


def _smooth(arguments: argparse.Namespace) -> None:
    _read_float_stage(arguments.program)
    smooth(arguments.program, arguments.moments, arguments.alpha, arguments.output)


def _read_float_stage(program: Path) -> None:
    """Raises `LowbitError` unless a program is still in float form."""
    stage = read_stage(program)
    if stage not in (None, "import"):
        raise LowbitError(f"{program}: expected a float program, but it went through {stage}")


def _calibrate(arguments: argparse.Namespace) -> None:
    merge = [word for table in arguments.merge for word in ("--merge", str(table))]
    moments = ["--moments", arguments.moments] if arguments.moments else []
    _runner("calibrate", [arguments.program], *_data(arguments), *merge, *moments, "-o", arguments.output)


def _quantize(arguments: argparse.Namespace) -> None:
    begin = next_stage(arguments.program)
    last = STAGES.index(arguments.to)
    if begin is None or STAGES.index(begin) > last:
        raise LowbitError(f"{arguments.program}: already went through {arguments.to}")
    if arguments.calibration and not arguments.calibration.is_file():
        raise LowbitError(f"{arguments.calibration}: no such file")
    if arguments.sequential:
        _quantize_sequentially(arguments, begin)
        return
    if arguments.map or arguments.limit is not None:
        raise LowbitError("quantize: --map and --limit are for --sequential", 2)
    _run_quantization(arguments, begin, arguments.moments)


def _quantize_sequentially(arguments: argparse.Namespace, begin: str) -> None:
    from tempfile import TemporaryDirectory

    from lowbit.sequential import measure_moments

    if not arguments.calibration:
        raise LowbitError("quantize: --sequential needs --calibration, for it measures moments by its ranges", 2)
    with TemporaryDirectory() as folder:
        found = Path(folder) / "moments"
        measure_moments(
            arguments.program,
            arguments.calibration,
            arguments.recipe,
            arguments.sequential,
            found,
            moments=arguments.moments,
            words=_selection(arguments),
        )
        _run_quantization(arguments, begin, found)


def _run_quantization(arguments: argparse.Namespace, begin: str, moments: Path | None) -> None:
    options = [
        f"from={begin}",
        f"to={arguments.to}",
        f"recipe={quote_option(arguments.recipe)}",
    ]
    if arguments.calibration:
        options.append(f"calibration={quote_option(arguments.calibration)}")
    if moments:
        options.append(f"moments={quote_option(moments)}")
    if arguments.require_integer:
        options.append("require-integer=true")
    run_tool("quant-opt", [arguments.program, f"--lowbit-pipeline={' '.join(options)}", "-o", arguments.output])


def _compile(arguments: argparse.Namespace) -> None:
    if arguments.multi_target and (arguments.cpu or arguments.features):
        raise LowbitError("compile: --multi-target stands in place of --cpu and --features", 2)
    name = ["--name", arguments.name] if arguments.name else []
    versions = ["--multi-target", arguments.multi_target] if arguments.multi_target else []
    _runner("compile", [arguments.program], *_machine(arguments), *versions, *name, "-o", arguments.output)


def _run(arguments: argparse.Namespace) -> None:
    words = ["--reference"] if arguments.reference else []
    if arguments.labels:
        words += ["--labels", arguments.labels]
    if arguments.output:
        words += ["-o", str(arguments.output)]
    if not arguments.labels and not arguments.output:
        raise LowbitError("run: expected -o, --labels or both: there is nothing to do with the outputs", 2)
    _runner("run", [arguments.program], *_data(arguments), *_emulation(arguments), *words)


def _compare(arguments: argparse.Namespace) -> None:
    if arguments.layers:
        _compare_layers(arguments)
        return
    if arguments.reduce or arguments.budget is not None:
        raise LowbitError("compare: --budget and --reduce are for --layers", 2)
    words = ["--reference"] if arguments.reference else []
    if arguments.labels:
        words += ["--labels", arguments.labels]
    _runner("compare", arguments.programs, *_data(arguments), *_emulation(arguments), *_json(arguments), *words)


def _compare_layers(arguments: argparse.Namespace) -> None:
    from tempfile import TemporaryDirectory

    from lowbit.layers import Comparison, Samples, find_first_below, print_layers

    if arguments.reduce and arguments.budget is None:
        raise LowbitError("compare: --reduce needs --budget, which says what layer it is for", 2)
    samples = Samples(arguments.data, arguments.map, arguments.limit)
    with TemporaryDirectory() as folder:
        found = Comparison(*arguments.programs, samples, Path(folder), reference=arguments.reference)
        first = None if arguments.budget is None else find_first_below(found.errors, arguments.budget)
        reduction = found.reduce(first, arguments.reduce) if first and arguments.reduce else None
    print_layers(found.errors, arguments.budget, reduction, as_json=arguments.json)


def _bench(arguments: argparse.Namespace) -> None:
    words = ["--seconds", str(arguments.seconds)] if arguments.seconds else []
    _runner("bench", arguments.programs, *_data(arguments), *_machine(arguments), *_json(arguments), *words)


def _explore(arguments: argparse.Namespace) -> None:
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

    from rich.console import Console

    from lowbit.explore.experiment import RECIPES, explore, make_workspace
    from lowbit.explore.moved import Moved

    paths = (arguments.output, arguments.program, arguments.calibration_data, arguments.data)
    for path in paths[1:]:
        if not path.is_file():
            raise LowbitError(f"{path}: no such file")
    workspace = make_workspace(*paths, arguments.labels or "", arguments.limit or 0)
    pool = ProcessPoolExecutor if arguments.executor == "processes" else ThreadPoolExecutor
    with pool(arguments.workers) as executor:
        recipes = arguments.recipe or list(RECIPES)
        experiment = explore(
            workspace,
            executor,
            recipes,
            arguments.mixed + arguments.budget,
            arguments.seconds,
            moved=[*([Moved()] if arguments.equalize else []), *map(Moved, arguments.smooth)],
            shards=arguments.workers,
        )
    experiment.print(Console())
    print(f"page: {workspace.folder / 'page.html'}")


def _mix(arguments: argparse.Namespace) -> None:
    from lowbit.explore.mixed import mix_without_data

    mix_without_data(arguments.program, arguments.mixed, arguments.output)


def _explain(arguments: argparse.Namespace) -> None:
    run_tool("quant-opt", [arguments.program, "--pass-pipeline=builtin.module(lowbit-explain)", "-o", "/dev/null"])


def _runner(command: str, programs: Sequence[Path], *words: str | Path) -> None:
    run_tool("quant-runner", [command, *programs, *words])


def _data(arguments: argparse.Namespace) -> list[str]:
    """The options that say which arrays a program reads."""
    return ["--data", str(arguments.data), *_selection(arguments)]


def _selection(arguments: argparse.Namespace) -> list[str]:
    """The options that say which arrays and samples of a file are read."""
    words = [word for pair in arguments.map for word in ("--map", pair)]
    if arguments.limit is not None:
        words += ["--limit", str(arguments.limit)]
    return words


def _machine(arguments: argparse.Namespace) -> list[str]:
    """The options that say for which machine code is made."""
    words = ["--cpu", arguments.cpu] if arguments.cpu else []
    if arguments.triple:
        words += ["--triple", arguments.triple]
    if arguments.features:
        words += [f"--features={arguments.features}"]
    if arguments.threads is not None:
        words += ["--threads", str(arguments.threads)]
    if arguments.fast_float:
        words += ["--fast-float"]
    return words


def _emulation(arguments: argparse.Namespace) -> list[str]:
    """The options that say on which machine code is made and runs."""
    return _machine(arguments) + (["--emulator", arguments.emulator] if arguments.emulator else [])


def _json(arguments: argparse.Namespace) -> list[str]:
    return ["--json"] if arguments.json else []


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help=".npz whose arrays are named as the program's inputs")
    _add_selection(parser)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--map", action="append", default=[], metavar="INPUT=ARRAY", help="read INPUT from ARRAY")
    parser.add_argument("--limit", type=_positive, metavar="N", help="the first N samples only")


def _add_machine(parser: argparse.ArgumentParser, *, emulated: bool = False) -> None:
    parser.add_argument("--cpu", help="LLVM's name of the CPU: native (default), x86-64-v2, znver3, znver4, ...")
    parser.add_argument("--triple", help="LLVM's target triple; this machine's by default")
    parser.add_argument("--features", metavar="+X,-Y", help="further LLVM features")
    parser.add_argument("--threads", type=_positive, metavar="N", help="threads that share the work of one call (1)")
    parser.add_argument(
        "--fast-float",
        action="store_true",
        help="let float products and sums be fused; never those of 8 bits and fewer",
    )
    if emulated:
        parser.add_argument("--emulator", metavar="COMMAND", help="what runs executables of the target: qemu-aarch64")


def _add_output(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("-o", "--output", type=Path, required=True, help=what)


def _add_reference(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--reference", action="store_true", help=f"interpret {what} as it stands: slow and obvious")


def _add_labels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--labels", metavar="ARRAY", help="array of class numbers: report the accuracy")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def _add_budgets(parser: argparse.ArgumentParser, what: str) -> None:
    for name, metavar, help_text in (
        ("--mixed", "BITS", f"{what} with BITS for a weight on average"),
        ("--budget", "KIND=AMOUNT", f"{what} within bytes=N, energy=N (µJ) or time=N (µs), or N%% of what 8 bits take"),
    ):
        parser.add_argument(name, type=_budget, action="append", default=[], metavar=metavar, help=help_text)


def _budget(text: str) -> Budget:
    from lowbit.explore.mixed import Budget

    try:
        return Budget.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _exponent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, but got '{text}'")
    return value


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a positive integer, but got '{text}'")
    return int(text)


def build_parser() -> argparse.ArgumentParser:
    """The parser of every subcommand."""
    parser = argparse.ArgumentParser(prog="lowbit", description="A quantizing compiler for CPUs.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, handler: Handler, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        command.set_defaults(handler=handler)
        return command

    command = add("import", _import, "turn an ONNX model into MLIR")
    command.add_argument("model", type=Path, help="the .onnx file")
    _add_output(command, "the .mlir file")

    command = add("equalize", _equalize, "make weights equally large on both sides of a channel, before calibration")
    command.add_argument("program", type=Path, help="the float program")
    _add_output(command, "a program that computes the same, up to rounding")

    command = add("smooth", _smooth, "move large activations into weights, before the program is calibrated again")
    command.add_argument("program", type=Path, help="the float program")
    command.add_argument("--moments", type=Path, required=True, help="file that `lowbit calibrate --moments` wrote")
    command.add_argument(
        "--alpha",
        type=_exponent,
        default=0.5,
        metavar="A",
        help="how much of it weights take, 0 to 1 (default: %(default)s)",
    )
    _add_output(command, "a program that computes the same, up to rounding")

    command = add("calibrate", _calibrate, "record the ranges a program's tensors take")
    command.add_argument("program", type=Path)
    _add_data(command)
    command.add_argument(
        "--merge",
        type=Path,
        action="append",
        default=[],
        metavar="TABLE",
        help="add the samples of this table of the same program; may be given several times",
    )
    command.add_argument("--moments", type=Path, help="also write what rounds weights of few bits well")
    _add_output(command, "the calibration table")

    command = add("quantize", _quantize, "turn a float program into an integer program")
    command.add_argument("program", type=Path)
    command.add_argument(
        "--calibration",
        type=Path,
        help="table written by `lowbit calibrate`; needed unless the recipe asks for no range",
    )
    command.add_argument("--moments", type=Path, help="file that `lowbit calibrate --moments` wrote")
    command.add_argument(
        "--sequential",
        type=Path,
        metavar="DATA",
        help="round the weights of each layer by what it reads behind the layers already rounded, on this .npz",
    )
    _add_selection(command)
    command.add_argument("--recipe", default="w8a8", help="preset, YAML file or rules (default: %(default)s)")
    command.add_argument("--to", choices=STAGES[2:], default="fuse", help="the last stage (default: %(default)s)")
    command.add_argument("--require-integer", action="store_true", help="an operation that stays float is an error")
    _add_output(command, "the quantized program")

    command = add("compile", _compile, "make an object, a static or a shared library, and a C header")
    command.add_argument("program", type=Path)
    _add_machine(command)
    command.add_argument(
        "--multi-target",
        metavar="MACHINES",
        help="versions for several machines, chosen when the program runs: all, or a list such as x86-64-v2,x86-64-v3",
    )
    command.add_argument("--name", help="name of the compiled function")
    _add_output(command, ".o, .a or .so; the .h is written beside it")

    command = add("run", _run, "run a program, or a compiled .so, on data")
    command.add_argument("program", type=Path)
    _add_data(command)
    _add_machine(command, emulated=True)
    _add_reference(command, "the program")
    _add_labels(command)
    command.add_argument("-o", "--output", type=Path, help=".npz of the outputs")

    command = add("compare", _compare, "compare the outputs of two programs on data")
    command.add_argument("programs", type=Path, nargs=2, metavar="PROGRAM")
    _add_data(command)
    _add_machine(command, emulated=True)
    _add_reference(command, "the first program")
    _add_labels(command)
    command.add_argument(
        "--layers",
        action="store_true",
        help="layer by layer: a float program and its form from `quantize --to propagate`",
    )
    command.add_argument("--budget", type=float, metavar="DB", help="with --layers: name the first layer of less SQNR")
    command.add_argument(
        "--reduce", type=Path, metavar="FOLDER", help="write that layer alone, and the sample it is worst at"
    )
    _add_json(command)

    command = add("bench", _bench, "time two programs in turns on one core")
    command.add_argument("programs", type=Path, nargs=2, metavar="PROGRAM")
    _add_data(command)
    _add_machine(command)
    command.add_argument("--seconds", type=_positive, metavar="N", help="how long to measure")
    _add_json(command)

    command = add(
        "explore", _explore, "try many recipes on a model and lay accuracy, size, speed and energy side by side"
    )
    command.add_argument("program", type=Path, help="the float program")
    command.add_argument("--calibration-data", type=Path, required=True, help=".npz of samples to calibrate on")
    command.add_argument("--data", type=Path, required=True, help=".npz of samples to judge the programs by")
    command.add_argument("--limit", type=_positive, metavar="N", help="the first N samples only")
    _add_labels(command)
    command.add_argument("--recipe", action="append", help="preset, YAML file or rules; may be given several times")
    command.add_argument("--equalize", action="store_true", help="also try every recipe on equalized channels")
    command.add_argument(
        "--smooth",
        type=_exponent,
        action="append",
        default=[],
        metavar="A",
        help="also try every recipe on activations smoothed with that exponent, 0 to 1; may be given several times",
    )
    _add_budgets(command, "also find the forms of weights, layer by layer, that lose least")
    command.add_argument(
        "--workers",
        type=_positive,
        default=2,
        metavar="N",
        help="trials, and shards of the calibration, at a time (default: 2)",
    )
    command.add_argument("--executor", choices=("threads", "processes"), default="threads")
    command.add_argument(
        "--seconds", type=float, default=1.0, metavar="S", help="to time each program; 0 for not at all"
    )
    command.add_argument("-o", "--output", type=Path, required=True, help="folder of results; trials in it are kept")

    command = add("mix", _mix, "choose forms of weights by the weights alone, before there is any data")
    command.add_argument("program", type=Path, help="the float program")
    command.add_argument("--mixed", type=_budget, required=True, metavar="BITS", help="bits of a weight on average")
    _add_output(command, "the recipe, a YAML file")

    command = add("explain", _explain, "say for each operation why it is integer or stayed float")
    command.add_argument("program", type=Path)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand; returns its exit status."""
    parsed = build_parser().parse_args(arguments)
    try:
        parsed.handler(parsed)
    except LowbitError as error:
        if str(error):
            print(f"lowbit: error: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
