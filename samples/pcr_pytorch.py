# Periodic canonical regularization in a PyTorch training loop: every few epochs the tool caps the global gain and writes weights and
# Adam's moments anew. A cap multiplies the outputs by one factor; an event without one leaves the loss as it is.
#
#     pip install torch safetensors
#     dotnet build src/Canon.Cli
#     python samples/pcr_pytorch.py

import json
import math
import os
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file, save_file

CANON = os.environ.get("CANON", "dotnet run --no-build --project src/Canon.Cli --").split()
ARCHITECTURE = "linear(0.weight, 0.bias) -> relu -> linear(2.weight, 2.bias) -> relu -> linear(4.weight, 4.bias)"
MOMENTS = ("exp_avg", "exp_avg_sq")


def event(net, optimizer, *options):
    """Writes the checkpoint, has the tool change it, and reads it back in place."""
    with tempfile.TemporaryDirectory() as folder:
        weights, adam = os.path.join(folder, "net.safetensors"), os.path.join(folder, "adam.safetensors")
        states = {name: optimizer.state[parameter] for name, parameter in net.named_parameters()}
        save_file(net.state_dict(), weights)
        save_file({f"{name}.{key}": state[key] for name, state in states.items() for key in MOMENTS}, adam)
        tool = subprocess.run(
            [*CANON, "pcr-step", weights, "--architecture", "-", "--optimizer", adam, "-o", weights, "--optimizer-out", adam,
             "--force", "--json", *options],
            input=ARCHITECTURE, stdout=subprocess.PIPE, text=True, check=True)
        net.load_state_dict(load_file(weights))
        moments = load_file(adam)
        for name, state in states.items():
            for key in MOMENTS:
                state[key].copy_(moments[f"{name}.{key}"])
    return json.loads(tool.stdout)


torch.manual_seed(1)
inputs = torch.randn(512, 20)
labels = inputs[:, :5].square().argmax(1)
net = torch.nn.Sequential(
    torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 5))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)


def loss_of():
    return torch.nn.functional.cross_entropy(net(inputs), labels)


for number in range(1, 13):
    for _ in range(20):
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()
    print(f"epoch {number:2}: loss {loss_of().item():.6f}")
    if number % 3 != 0:
        continue
    # The first events change the gauge alone, the last one caps the gain.
    options = ["--max-gain", "12"] if number == 12 else []
    before = loss_of().item()
    report = event(net, optimizer, *options)
    after = loss_of().item()
    print(f"  event: gain {report['gain_before']:.3f} -> {report['gain_after']:.3f}, "
          f"outputs times {report['output_factor']:.4f}, loss {before:.6f} -> {after:.6f}")
    if report["output_factor"] == 1 and not math.isclose(before, after, abs_tol=1e-6):
        sys.exit("the function has changed")
