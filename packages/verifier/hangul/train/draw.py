"""Lines of print, spoilt as seals, table lines, scanners, cameras and fax machines do it, and cut as the text detector
cuts them. A line comes out 40 px high, ink near 1 and paper 0."""

import os
import random
import re

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from words import text

HEIGHT = 40
WIDTH_MAX = 900
# FONTS is a node_modules folder with the packages that README.md lists. Held-out families are for judging only.
ROOT = os.path.join(os.environ.get("FONTS", "node_modules"), "@expo-google-fonts")
HELD_OUT = ("gowun-dodum", "gowun-batang", "ibm-plex-sans-kr")
PLAIN = ("noto-sans-kr", "noto-serif-kr", "nanum-gothic", "nanum-myeongjo", "gothic-a1", "nanum-gothic-coding")
TOO_THICK_OR_THIN = re.compile("Black|Thin|ExtraLight")

uniform, chance = random.uniform, random.random
_opened = {}


def font_files(held_out):
    files = sorted(
        os.path.relpath(os.path.join(folder, file), ROOT)
        for folder, _, files in os.walk(ROOT) for file in files
        if file.endswith(".ttf") and not TOO_THICK_OR_THIN.search(file)
    )
    return [file for file in files if (file.split("/")[0] in HELD_OUT) == held_out]


def open_font(files):
    plain = [file for file in files if file.split("/")[0] in PLAIN]
    file = random.choice(plain) if plain and chance() < 0.8 else random.choice(files)
    size = random.choice([random.randint(11, 18), random.randint(14, 24), random.randint(16, 36)])
    if (file, size) not in _opened:
        if len(_opened) > 800:
            _opened.clear()
        _opened[file, size] = ImageFont.truetype(os.path.join(ROOT, file), size)
    return _opened[file, size], size


def line(files):
    """A spoilt line and its text."""
    while True:
        words = text()
        font, size = open_font(files)
        ink = random.randint(0, 110)
        paper = random.randint(max(ink + 70, 150), 255)
        page = printed(words, font, size, ink, paper)
        rows, columns = np.where(page < paper - 20)
        if len(rows):
            break
    frame = [rows.min(), rows.max() + 1, columns.min(), columns.max() + 1]
    page = page if chance() > 0.32 else sealed(page, frame)
    page = ruled(page, frame)
    if chance() < 0.55:
        page = leaning(page)
    page = cut(page, frame)
    page = photographed(page, size) if chance() < 0.35 else scanned(page, size)
    if chance() < 0.14:
        page = faxed(page, ink, paper)
    page = np.clip(page, 0, 255).astype(np.uint8)
    if chance() < 0.4:
        page = cv2.imdecode(cv2.imencode(".jpg", page, [1, random.randint(35, 85)])[1], 0)
    return shaped(page), words


def printed(words, font, size, ink, paper):
    """Black on white with room around; sometimes spread, as labels of forms are."""
    gap = 0
    if chance() < 0.25:
        gap = uniform(-0.06, 0.5) if len(words) > 5 or chance() < 0.6 else uniform(0.5, 2.0)
    widths = [font.getlength(sign) + gap * size for sign in words]
    room = size
    width = int(sum(widths) if gap else font.getlength(words)) + 2 * room + 4
    image = Image.new("L", (width, int(size * 1.5) + 2 * room), paper)
    pen = ImageDraw.Draw(image)
    if gap:
        at = room
        for sign, step in zip(words, widths):
            pen.text((at, room), sign, font=font, fill=ink)
            at += step
    else:
        pen.text((room, room), words, font=font, fill=ink)
    return np.asarray(image, np.float32).copy()


def sealed(page, frame):
    """A stamp over part of the line, most often over its last syllables, as it prints in grey or in a faded red."""
    top, bottom, left, right = frame
    height = bottom - top
    radius = int(height * uniform(0.7, 1.6))
    x = right - random.randint(-radius // 2, int(height * 1.1)) if chance() < 0.7 else random.randint(left, right)
    y = (top + bottom) // 2 + random.randint(-height // 2, height // 2)
    mark = np.zeros_like(page)
    thick = random.choice([1, 2, 2, 3])
    if chance() < 0.25:
        cv2.rectangle(mark, (x - radius, y - radius), (x + radius, y + radius), 1, thick)
    else:
        cv2.circle(mark, (x, y), radius, 1, -1 if chance() < 0.12 else thick)
    point = lambda: (x + random.randint(-radius * 2 // 3, radius * 2 // 3), y + random.randint(-radius * 2 // 3, radius * 2 // 3))
    for _ in range(random.randint(3, 9)):
        cv2.line(mark, point(), point(), 1, random.choice([1, 2, 3]))
    return page * (1 - mark * uniform(0.12, 0.55))


def ruled(page, frame):
    """Lines of a table beside, above or below, and pieces of the neighbouring rows."""
    top, bottom, left, right = frame
    height, width = page.shape
    shade = lambda: float(random.randint(30, 170))
    if chance() < 0.25:
        y = random.choice([top - random.randint(1, 6), bottom + random.randint(0, 6)])
        cv2.line(page, (0, y), (width, y), shade(), random.choice([1, 1, 2]))
    if chance() < 0.12:
        x = random.choice([left - random.randint(2, 8), right + random.randint(1, 8)])
        cv2.line(page, (x, 0), (x, height), shade(), random.choice([1, 2]))
    return page


def leaning(page):
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), random.gauss(0, 0.8), 1)
    turn[0, 1] += random.gauss(0, 0.07)
    return cv2.warpAffine(page, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def cut(page, frame):
    """The detector leaves a margin of a tenth to a third of the print's height, and now and then shaves the print."""
    top, bottom, left, right = frame
    height = bottom - top
    part = lambda low, high: int(round(uniform(low, high) * height))
    y0, y1 = max(0, top - part(-0.06, 0.36)), min(page.shape[0], bottom + part(-0.06, 0.36))
    x0, x1 = max(0, left - part(-0.04, 0.55)), min(page.shape[1], right + part(-0.04, 0.55))
    return np.ascontiguousarray(page[y0:y1, x0:x1])


def scanned(page, size):
    if chance() < 0.6:
        low = max(0.3, random.choice([uniform(0.3, 1.2), uniform(0.7, 1.6)]) * size / 24)
        page = cv2.GaussianBlur(page, (0, 0), low, sigmaY=max(0.3, uniform(0.4, 1.5) * size / 24))
    if chance() < 0.3:
        page = page + np.linspace(uniform(-40, 40), uniform(-40, 40), page.shape[1])[None]
    if chance() < 0.6:
        page = page + np.random.randn(*page.shape) * uniform(2, 18)
    return page


def photographed(page, size):
    """Corners out of place, light falling from one side, and a focus that is sharper at one end."""
    height, width = page.shape
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    moved = corners + np.float32([[uniform(-0.04, 0.04) * height * 2, uniform(-0.07, 0.07) * height] for _ in range(4)])
    page = cv2.warpPerspective(page, cv2.getPerspectiveTransform(corners, moved), (width, height), borderMode=cv2.BORDER_REPLICATE)
    blurred = cv2.GaussianBlur(page, (0, 0), max(0.4, uniform(0.6, 1.9) * size / 24))
    share = np.linspace(uniform(0, 1), uniform(0, 1), width, dtype=np.float32)[None]
    page = page * (1 - share) + blurred * share
    page = page * np.linspace(uniform(0.6, 1.05), uniform(0.6, 1.05), width, dtype=np.float32)[None]
    return page + np.random.randn(height, width) * uniform(1, 9)


def faxed(page, ink, paper):
    """Few dots an inch and two levels."""
    height, width = page.shape
    coarse = uniform(0.6, 1.0)
    small = cv2.resize(page, (max(8, int(width * coarse)), max(8, int(height * coarse))), interpolation=cv2.INTER_AREA)
    level = (ink + paper) / 2 + uniform(-35, 35)
    small = np.where(small + np.random.randn(*small.shape) * uniform(0, 22) < level, 0, 255).astype(np.float32)
    return cv2.resize(small, (width, height), interpolation=random.choice([cv2.INTER_LINEAR, cv2.INTER_NEAREST, cv2.INTER_AREA]))


def shaped(crop):
    """A crop as the network sees it: 40 px high, stretched between its own ink and paper, inverted."""
    width = min(WIDTH_MAX, max(16, int(round(crop.shape[1] * HEIGHT / crop.shape[0]))))
    way = cv2.INTER_AREA if crop.shape[0] > HEIGHT else cv2.INTER_LINEAR
    crop = cv2.resize(crop, (width, HEIGHT), interpolation=way).astype(np.float32)
    ink, paper = np.percentile(crop, 2), np.percentile(crop, 90)
    return np.clip((paper - crop) / max(paper - ink, 30), 0, 1.2).astype(np.float32)
