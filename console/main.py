"""The program `countersign`: reads the command line and turns every outcome into an exit code."""

import contextlib
import os
import sys
from collections.abc import Sequence

from console import errors


def main() -> int:
    """Run the command line of this process."""
    return run(sys.argv[1:])


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code and never raises."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up_output()
        return errors.DONE  # whoever read our output has enough
    except SystemExit as ended:
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        _give_up_output()  # typer makes an exit code of 1 of it
        return errors.DONE
    except KeyboardInterrupt:
        return errors.INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last place where an error can become a sentence
        return _failed(error)
    return code


def _run(arguments: Sequence[str]) -> int:
    import typer

    from console.cli import program

    try:
        code = program().main(list(arguments), prog_name="countersign", standalone_mode=False)
    except typer.TyperException as error:
        return _misused(error)
    except typer.Abort:
        return errors.INTERRUPTED
    return code if isinstance(code, int) else errors.DONE


def _misused(error: Exception) -> int:
    context = getattr(error, "ctx", None)
    message = getattr(error, "format_message", error.__str__)().rstrip(".")
    if type(error).__name__ == "NoArgsIsHelpError":
        print(message, file=sys.stderr)
        return errors.USAGE
    command = context.command_path if context is not None else "countersign"
    _tell(f"{message}; `{command} --help` shows how it is used")
    return int(getattr(error, "exit_code", errors.USAGE))


def _failed(error: Exception) -> int:
    for sentence in errors.sentences(error):
        _tell(sentence)
    if os.environ.get("COUNTERSIGN_LOG", "").lower() == "debug":
        from console.logging import configure, log_traceback

        configure("debug", os.environ.get("COUNTERSIGN_LOG_FORMAT", "console"))
        log_traceback(error)
    return errors.exit_code(error)


def _tell(sentence: str) -> None:
    from console.secrets import hide

    with contextlib.suppress(BrokenPipeError):
        print(f"countersign: {hide(sentence)}", file=sys.stderr, flush=True)


def _give_up_output() -> None:
    # Python flushes once more at its end and would complain there.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
