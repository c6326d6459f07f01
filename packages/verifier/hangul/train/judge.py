"""Judges weights on held-out fonts: python3 judge.py WEIGHTS.pt... Prints the share of letters read wrong, as edits
over letters, on the same 600 lines for each."""

import random
import sys

import numpy as np
import torch

import draw
from alphabet import CLASSES, collapse, decode, encode
from net import LineReader

LINES = 600


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        row, before = [i + 1], row
        for j, y in enumerate(b):
            row.append(min(before[j] + (x != y), before[j + 1] + 1, row[j] + 1))
    return row[-1]


def main():
    random.seed(20260101)
    np.random.seed(20260101)
    files = draw.font_files(held_out=True)
    lines = [draw.line(files) for _ in range(LINES)]
    for weights in sys.argv[1:]:
        net = LineReader(CLASSES)
        net.load_state_dict(torch.load(weights))
        net.eval()
        wrong = letters = 0
        with torch.no_grad():
            for line, text in lines:
                best = net(torch.from_numpy(line)[None, None]).argmax(2)[0].tolist()
                read, printed = decode(collapse(best)), decode(encode(text))
                wrong += distance(read, printed)
                letters += len(printed)
        print(f"{weights}: {100 * wrong / letters:.2f} % of {letters} letters wrong")


if __name__ == "__main__":
    main()
