# Writes pytorch.txt: what PyTorch computes in float64 for the networks and optimizers of PyTorchLaws.fs, one line each: a name, then
# numbers.
#
#     python3 tests/Properties/pytorch.py > tests/Properties/pytorch.txt

import torch
from torch import nn

torch.set_default_dtype(torch.float64)


def fill(tensor, start):
    """The numbers that both sides take: sin of start + 1, start + 2, …"""
    count = tensor.numel()
    return torch.sin(torch.arange(start + 1, start + 1 + count, dtype=torch.float64)).reshape(tensor.shape)


def filled(net):
    with torch.no_grad():
        for k, (name, parameter) in enumerate(net.named_parameters()):
            parameter.copy_(fill(parameter, 100 * k))
    return net


def show(name, numbers):
    print(name, *(repr(float(x)) for x in numbers))


def mlp():
    return filled(nn.Sequential(nn.Linear(3, 5), nn.LeakyReLU(0.1), nn.Linear(5, 2)))


inputs, classes = fill(torch.empty(4, 3), 7), torch.tensor([0, 1, 1, 0])
optimizers = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "sgd-momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "sgd-l2": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02),
    "adam-l2": lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1),
}
for name, make in optimizers.items():
    net = mlp()
    optimizer = make(net.parameters())
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(inputs), classes)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    show(name, losses)


class Norm(nn.Module):
    """A layer norm over the channels of every position."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=0.01, elementwise_affine=False)

    def forward(self, x):
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)


class Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.value, self.gate = nn.Conv2d(2, 3, 1), nn.Conv2d(2, 3, 1)

    def forward(self, x):
        return self.value(x) * torch.sigmoid(self.gate(x))


def by_rows(net, gradient):
    """A transposed convolution keeps its weight by input channels; here derivatives stand by output channels."""
    if not isinstance(net, nn.ConvTranspose2d) or gradient.dim() == 1:
        return gradient
    groups, (columns, rows, *kernel) = net.groups, gradient.shape
    turned = gradient.reshape(groups, columns // groups, rows, *kernel).transpose(1, 2)
    return turned.reshape(groups * rows, columns // groups, *kernel)


networks = {
    "conv": nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2),
    "dilated": nn.Conv2d(2, 3, 2, dilation=2),
    "transposed": nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2),
    "depthwise": nn.Conv2d(2, 2, 3, padding=1, groups=2),
    "batch-norm": nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3, eps=0.01), nn.ReLU()),
    "max-pool": nn.Sequential(nn.Conv2d(2, 3, 1), nn.MaxPool2d(3, stride=2, padding=1)),
    "average-pool": nn.Sequential(nn.Conv2d(2, 3, 1), nn.AvgPool2d(3, stride=2, padding=1)),
    "layer-norm": nn.Sequential(nn.Conv2d(2, 3, 1), Norm(3)),
    "instance-norm": nn.Sequential(nn.Conv2d(2, 3, 1), nn.InstanceNorm2d(3, eps=0.01)),
    "group-norm": nn.Sequential(nn.Conv2d(2, 4, 1), nn.GroupNorm(2, 4, eps=0.01, affine=False)),
    "prelu": nn.Sequential(nn.Conv2d(2, 3, 1), nn.PReLU(3)),
    "softmax": nn.Sequential(nn.Conv2d(2, 3, 1), nn.Softmax(dim=1)),
    "tanh": nn.Sequential(nn.Conv2d(2, 3, 1), nn.Tanh(), nn.Conv2d(3, 2, 1)),
    "residual": nn.Sequential(nn.Conv2d(2, 3, 1), Residual(nn.Sequential(nn.ReLU(), nn.Conv2d(3, 3, 3, padding=1)))),
    "gated": Gated(),
}
picture = fill(torch.empty(2, 2, 5, 4), 3)
for name, net in networks.items():
    net = filled(net).train()
    x = picture.clone().requires_grad_()
    y = net(x)
    loss = (y * fill(y, 11)).sum()
    loss.backward()
    show(name, [loss.item(), *(g for p in net.parameters() for g in by_rows(net, p.grad).flatten())])
