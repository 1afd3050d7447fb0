# SPDX-License-Identifier: BSD-2-Clause
"""How it all ends, however it ends: nobody is left behind."""
import fcntl
import multiprocessing
import os
import select
import signal

PR_SET_PDEATHSIG = 1


class Stopped(BaseException):
    """By a signal, whose number is kept: where Python swallows exceptions, that is all there is."""
    by = None
    raised = True


def die_with_parent():
    try:
        import ctypes  # which a minimal Python has not
    except ImportError:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def die_with_pipe(end):
    """By SIGIO, once its other end is closed: here who made the process is not its parent."""
    fcntl.fcntl(end, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([end], [], [], 0)[0]:
        os._exit(1)


def kill_children():
    for child in multiprocessing.active_children():
        child.kill()


def leave_none(responder):
    kill_children()
    for child in multiprocessing.active_children():
        child.join(5)
    if responder:
        responder.kill()
        responder.wait()


def on_signal(stop):
    """The first one stops the work; another finds the handler gone and ends everything."""
    def stop_work(number, _frame):
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        Stopped.by = number
        for flag in stop:
            flag.value = 1
        if Stopped.raised:
            raise Stopped
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop_work)
