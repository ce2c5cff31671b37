"""The process `kmon`."""

import signal

__all__ = ["main"]


def main() -> None:
    """The console script. Whoever presses Ctrl-C while modules are loaded sees no traceback."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from kmon.cli import main as command_line  # noqa: PLC0415

    signal.signal(signal.SIGINT, handler)
    command_line()


if __name__ == "__main__":
    main()
