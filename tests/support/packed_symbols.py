# SPDX-License-Identifier: BSD-2-Clause
"""packed_symbols.py FILE MEBIBYTES: packs the ELF file's table of symbols by zlib, after so many
zeros have been put behind it.
"""
import struct
import sys
import zlib

SYMTAB, COMPRESSED, ZLIB = 2, 0x800, 1
HEADER = "<IIQQQQIIQQ"
MEBIBYTE = 1 << 20


def packed(table, mebibytes):
    packer = zlib.compressobj(9)
    pieces = [struct.pack("<IIQQ", ZLIB, 0, len(table) + mebibytes * MEBIBYTE, 8),
              packer.compress(table)]
    pieces += [packer.compress(bytes(MEBIBYTE)) for _ in range(mebibytes)]
    return b"".join(pieces) + packer.flush()


path, mebibytes = sys.argv[1], int(sys.argv[2])
with open(path, "rb") as source:
    file = bytearray(source.read())
file += bytes(-len(file) % 8)
headers, = struct.unpack_from("<Q", file, 0x28)
count, = struct.unpack_from("<H", file, 0x3c)
for at in range(headers, headers + count * struct.calcsize(HEADER), struct.calcsize(HEADER)):
    name, kind, flags, address, offset, size, link, info, align, entry = \
        struct.unpack_from(HEADER, file, at)
    if kind == SYMTAB:
        table = packed(bytes(file[offset:offset + size]), mebibytes)
        struct.pack_into(HEADER, file, at, name, kind, flags | COMPRESSED, address, len(file),
                         len(table), link, info, 8, entry)
        file += table
with open(path, "wb") as target:
    target.write(file)
