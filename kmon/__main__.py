"""The process `kmon`."""

import signal

__all__ = ["main"]


def main() -> None:
    """The console script. Ctrl-C ends the process as it ends others; what must end in order handles the signal.

    As an exception it would be a traceback while modules load, or be lost in a callback there.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from kmon.cli import main as command_line  # noqa: PLC0415

    command_line()


if __name__ == "__main__":
    main()
