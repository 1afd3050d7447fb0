# SPDX-License-Identifier: BSD-2-Clause
"""Location tables of codes of the standard library, and of one with steps of any size back and
forth; a line for each: FIRST_LINE TABLE_IN_HEX START-END=LINE…, of code units, by co_lines();
LINE is "-" where there is none.
"""
import argparse
import ast
import asyncio.base_events
import dataclasses
import random
import subprocess
import threading
import types
import typing


def show(code):
    runs = [f"{start // 2}-{end // 2}={'-' if line is None else line}"
            for start, end, line in code.co_lines() if end > start]
    print(code.co_firstlineno, code.co_linetable.hex(), *runs)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            show(constant)


for module in argparse, asyncio.base_events, dataclasses, subprocess, threading, typing:
    with open(module.__file__) as source:
        show(compile(source.read(), module.__file__, "exec"))

random.seed(1)
tree = ast.parse("x = f(1, y[2])\n" * 500)
for node in ast.walk(tree):
    if hasattr(node, "lineno"):
        node.lineno = random.choice((1, 3, 70, 5000, 200000))
        node.end_lineno = node.lineno + random.choice((0, 0, 9, 900))
        node.end_col_offset = node.col_offset + random.choice((1, 20, 300))
show(compile(tree, "odd", "exec"))
