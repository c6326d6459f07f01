"""The network: a line 40 px high to log-probabilities over the alphabet every 4 px. Convolutions, then two layers of
GRU in both directions; 0.8 million parameters, trained with CTC."""

import torch.nn as nn


def _block(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


class LineReader(nn.Module):
    def __init__(self, classes, widths=(24, 48, 64, 96, 160), hidden=112):
        super().__init__()
        a, b, c, d, e = widths
        self.features = nn.Sequential(
            *_block(1, a), nn.MaxPool2d(2),
            *_block(a, b), nn.MaxPool2d(2),
            *_block(b, c), *_block(c, c), nn.MaxPool2d((2, 1)),
            *_block(c, d),
            nn.Conv2d(d, e, (5, 3), padding=(0, 1), bias=False), nn.BatchNorm2d(e), nn.ReLU(inplace=True),
        )
        self.rnn = nn.GRU(e, hidden, 2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * hidden, classes)

    def forward(self, lines):
        columns = self.features(lines).squeeze(2).transpose(1, 2)
        states, _ = self.rnn(columns)
        return self.head(states).log_softmax(2)
