"""Whether another process of this machine is still there."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import ctypes

    _ASK = 0x1000
    _STILL_ACTIVE = 259

    def alive(pid: int) -> bool:
        """Whether a process with this number runs. A signal would end it here, so the system is asked."""
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(_ASK, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        asked = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return bool(asked) and code.value == _STILL_ACTIVE

else:

    def alive(pid: int) -> bool:
        """Whether a process with this number runs; one that ended and was not fetched by its parent yet counts too."""
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
