# SPDX-License-Identifier: BSD-2-Clause
"""Do the manuals know the options that --help knows? A line for each that differs.

manual.py FOLDER: where partrace and partraced were built. Run from the root of the sources.
"""

import re
import subprocess
import sys

OF_ARGP = {"help", "usage"}
# Targets are described once.
SHARED_WITH_ATTACH = {"locks", "snapshot"}


def options_in_help(program, *verb):
    """{long option: (letters, argument)}, of the lines that begin with an option."""
    text = subprocess.run([program, *verb, "--help"], capture_output=True, text=True, check=True).stdout
    options = {}
    for line in re.findall(r"^ {2,6}(-.*)$", text, re.M):
        names = re.split(r" {2,}", line)[0]
        letter = "".join(re.findall(r"(?<!\S)-(\w)(?=,)", names))
        for name, argument in re.findall(r"--([a-z-]+)=?([A-Z]*)", names):
            options[name] = (letter, argument)
    return {name: rest for name, rest in options.items() if name not in OF_ARGP}


def options_in_manual(text):
    """The same, of the lines that hold nothing but options: *-o, --output* _FILE_, *--all*"""
    one = r"\*(?:-\w, )?--[a-z-]+\*(?: _[A-Z]+_(?:,\.\.\.)?)?"
    options = {}
    for line in re.findall(rf"^\t?({one}(?:, {one})*)$", text, re.M):
        for letter, name, argument in re.findall(r"\*(?:-(\w), )?--([a-z-]+)\*(?: _([A-Z]+)_)?", line):
            options[name] = (letter, argument)
    return options


def sections(text, verbs):
    """{verb: what the manual says of it}, and under None the options that verbs share."""
    body, shared = re.search(r"^# VERBS\n(.*?)^# OPTIONS\n(.*?)^# ", text, re.M | re.S).groups()
    parts = re.split(r"^\*([a-z]+)(?:\*| -- ).*$", body, flags=re.M)
    found = dict(zip(parts[1::2], parts[2::2]))
    assert set(found) == set(verbs), f"verbs of the manual: {sorted(found)}, of --help: {verbs}"
    return {None: shared, **found}


def compare(who, helped, own, shared):
    known = {**shared, **own}
    for name, told in helped.items():
        if known.get(name) != told:
            yield f"{who} --{name}: {told} in --help, {known.get(name)} in the manual"
    for name in own.keys() - helped.keys():
        yield f"{who} --{name}: in the manual alone"


def differences(folder):
    partrace, partraced = f"{folder}/partrace", f"{folder}/partraced"
    text = subprocess.run([partrace, "--help"], capture_output=True, text=True, check=True).stdout
    verbs = sorted(re.findall(r"^  ([a-z]+)  +\w", text, re.M))
    with open("cli/man/partrace.1.scd", encoding="utf-8") as page:
        told = {who: options_in_manual(part) for who, part in sections(page.read(), verbs).items()}
    helped = {verb: options_in_help(partrace, verb) for verb in verbs}
    for verb in verbs:
        shared = {**told["attach"], **told[None]} if verb in SHARED_WITH_ATTACH else told[None]
        yield from compare(verb, helped[verb], told[verb], shared)
    for name in told[None].keys() - set().union(*helped.values()):
        yield f"--{name}: no verb takes it"
    with open("daemon/man/partraced.8.scd", encoding="utf-8") as page:
        own = options_in_manual(page.read())
    yield from compare("partraced", options_in_help(partraced), own, {})


if __name__ == "__main__":
    found = list(differences(sys.argv[1]))
    print("\n".join(found) or "alike")
