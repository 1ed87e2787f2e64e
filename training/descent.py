"""Steps of training that both networks take alike: Adam with a warm-up and a linear decay, and averaged weights."""

from __future__ import annotations

import copy

import torch
from nets import NameNetwork, Network
from torch import nn

WARM = 200  # steps


class Descent:
    """The optimizer of a network and the running average of its weights.

    Args:
        net: what is trained.
        rate: the highest rate of learning; the encoder's is `encoder_rate` times that.
        keep: the share of the average that a step keeps.
    """

    def __init__(self, net: Network | NameNetwork, rate: float, encoder_rate: float, keep: float) -> None:
        self.net, self.rate, self.keep, self.steps = net, rate, keep, 0
        encoder = list(net.encoder.parameters())
        known = {id(p) for p in encoder}
        rest = [p for p in net.parameters() if id(p) not in known]
        parts = [{"params": encoder, "part": encoder_rate}, {"params": rest, "part": 1.0}]
        self.optimizer = torch.optim.Adam(parts, lr=rate, betas=(0.9, 0.95))
        self.average = copy.deepcopy(net)
        self.average.encoder.cache = net.encoder.cache

    def step(self, loss: torch.Tensor, total: int) -> float:
        """Take one step of `total` down the loss; return the loss as a number."""
        self.steps += 1
        slope = min(1.0, self.steps / WARM) * max(0.02, 1 - self.steps / total)
        for part in self.optimizer.param_groups:
            part["lr"] = self.rate * part["part"] * slope
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        with torch.no_grad():
            keep = min(self.keep, (self.steps + 1) / (self.steps + 10))
            for mean, weight in zip(self.average.parameters(), self.net.parameters(), strict=True):
                mean.mul_(keep).add_(weight, alpha=1 - keep)
        return loss.item()
