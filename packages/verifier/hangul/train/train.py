"""Trains the line reader on invented print: python3 train.py MINUTES OUT_FOLDER [WEIGHTS.pt to go on from].
Writes weights.pt and hangul.onnx into OUT_FOLDER every few minutes, so that it may be stopped at any time."""

import multiprocessing
import os
import random
import sys
import time

import numpy as np
import torch

from alphabet import CLASSES, collapse, decode, encode
from net import LineReader

BATCH = 32
POOL = 384
WIDTH_MAX = 520
SAVE_SECONDS = 180


def draw_for_ever(queue, seed):
    """Draws lines, sorts them by width so that a batch wastes few columns, and queues the batches in random order."""
    import cv2
    import draw

    cv2.setNumThreads(1)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    files = draw.font_files(held_out=False)
    while True:
        pool = []
        while len(pool) < POOL:
            line, text = draw.line(files)
            classes = encode(text)
            steps_needed = len(classes) + sum(a == b for a, b in zip(classes, classes[1:]))
            if classes and line.shape[1] // 4 >= steps_needed and line.shape[1] <= WIDTH_MAX:
                pool.append((line, classes))
        pool.sort(key=lambda drawn: drawn[0].shape[1])
        batches = [pool[at:at + BATCH] for at in range(0, POOL, BATCH)]
        random.shuffle(batches)
        for batch in batches:
            width = (max(line.shape[1] for line, _ in batch) + 7) // 8 * 8
            lines = np.zeros((len(batch), 1, 40, width), np.float16)
            for index, (line, _) in enumerate(batch):
                lines[index, 0, :, :line.shape[1]] = line
            queue.put((lines, [line.shape[1] for line, _ in batch], [classes for _, classes in batch]))


def export(net, folder):
    """Weights to go on from, and the network as the product loads it."""
    torch.save(net.state_dict(), os.path.join(folder, "weights.pt.new"))
    os.replace(os.path.join(folder, "weights.pt.new"), os.path.join(folder, "weights.pt"))
    net.eval()
    torch.onnx.export(
        net, torch.rand(2, 1, 40, 160), os.path.join(folder, "hangul.onnx.new"), input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "n", 3: "w"}, "y": {0: "n", 1: "t"}}, opset_version=13)
    net.train()
    os.replace(os.path.join(folder, "hangul.onnx.new"), os.path.join(folder, "hangul.onnx"))


def main():
    minutes, folder = float(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = LineReader(CLASSES)
    rate = 2e-3
    if len(sys.argv) > 3:
        net.load_state_dict(torch.load(sys.argv[3]))
        rate = 7e-4
    queue = multiprocessing.Queue(12)
    multiprocessing.Process(target=draw_for_ever, args=(queue, int(time.time())), daemon=True).start()
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    ctc = torch.nn.CTCLoss(zero_infinity=True)
    began, saved, step, seen, average = time.time(), time.time(), 0, 0, None
    while time.time() < began + minutes * 60:
        done = (time.time() - began) / (minutes * 60)
        now = rate * min(1, (step + 1) / 200) * (1 if done < 0.4 else max(0.02, (1 - done) / 0.6))
        for group in optimizer.param_groups:
            group["lr"] = now
        lines, widths, targets = queue.get()
        out = net(torch.from_numpy(lines.astype(np.float32))).transpose(0, 1)
        lengths = [min(out.shape[0], max(1, width // 4)) for width in widths]
        loss = ctc(out, torch.tensor(sum(targets, [])), torch.tensor(lengths), torch.tensor([len(t) for t in targets]))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        step, seen = step + 1, seen + len(targets)
        average = loss.item() if average is None else 0.99 * average + 0.01 * loss.item()
        if time.time() > saved + SAVE_SECONDS:
            saved = time.time()
            shown = [(decode(t), decode(collapse(best))) for t, best in zip(targets[:3], out.argmax(2).T.tolist())]
            print(f"{(saved - began) / 60:.0f} min, {seen} lines, loss {average:.3f}, {shown}", flush=True)
            export(net, folder)
    export(net, folder)
    print(f"done: {seen} lines, loss {average:.3f}", flush=True)


if __name__ == "__main__":
    main()
