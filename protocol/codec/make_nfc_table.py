#!/usr/bin/env python3
"""Prints nfc_table.inc: what the NFC quick check (Unicode annex 15) must know, as ranges
{first, last, combining class, refuse}. `refuse`: NFC_Quick_Check is No or Maybe.
Usage: make_nfc_table.py > nfc_table.inc"""
import unicodedata as u


def main():
    points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    refuse = {c for c in points if u.normalize("NFC", chr(c)) != chr(c)}
    for c in points:
        parts = u.decomposition(chr(c)).split()
        if len(parts) == 2 and not parts[0].startswith("<") and c not in refuse:
            refuse.add(int(parts[1], 16))  # the second of a composing pair: Maybe
    refuse.update(range(0x1161, 0x1176), range(0x11A8, 0x11C3))  # conjoining Hangul
    rows = []
    for c in points:
        value = (u.combining(chr(c)), c in refuse)
        if value == (0, False):
            continue
        if rows and rows[-1][1] == c - 1 and rows[-1][2] == value:
            rows[-1][1] = c
        else:
            rows.append([c, c, value])
    print(f"// Made by make_nfc_table.py from Unicode {u.unidata_version}. {len(rows)} ranges.")
    cells = [f"{{0x{a:X}, 0x{b:X}, {v[0]}, {int(v[1])}}}," for a, b, v in rows]
    for i in range(0, len(cells), 4):
        print(" ".join(cells[i:i + 4]))


main()
