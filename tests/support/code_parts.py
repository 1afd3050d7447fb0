# SPDX-License-Identifier: BSD-2-Clause
"""As programs/code parts: two functions, and on stderr for how long each computed."""

import sys
import time


def heavy_part(seconds):
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        for i in range(2000):
            i * i
    return time.thread_time() - start


def light_part(seconds):
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        for i in range(2000):
            i * i
    return time.thread_time() - start


heavy = light = 0.0
for _ in range(10):
    heavy += heavy_part(0.225)
    light += light_part(0.075)
print(f"heavy_part {heavy * 1e9:.0f}\nlight_part {light * 1e9:.0f}", file=sys.stderr)
