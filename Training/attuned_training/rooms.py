"""Simulated rooms, by the image-source method (Allen and Berkley 1979) of pyroomacoustics."""

import numpy as np
from tqdm import tqdm

SAMPLE_RATE = 16_000
RESPONSE_SAMPLES = 6_400  # 0.4 s; what comes later is under the noise of most recordings
BEFORE_SAMPLES = 16  # kept before the direct sound


def simulate_rooms(count: int, seed: int = 1) -> np.ndarray:
    """Impulse responses of shoebox rooms, [count, 6400] float32, direct sound at sample 16 with unit energy in all.

    Rooms of 2.5 to 8 m, reverberation times (Sabine) of 0.15 to 0.7 s, source and microphone anywhere in them.
    """
    import pyroomacoustics  # a machine that only trains has rooms and need not have it

    rng = np.random.default_rng(seed)
    responses = np.zeros((count, RESPONSE_SAMPLES), np.float32)
    for row in tqdm(responses, desc="rooms", unit="room"):
        size = rng.uniform([2.5, 2.5, 2.2], [8, 6, 3.2])
        try:
            absorption, order = pyroomacoustics.inverse_sabine(rng.uniform(0.15, 0.7), size)
        except ValueError:  # a large room cannot be so dry: all that reaches its walls is lost
            absorption, order = 0.99, 3
        room = pyroomacoustics.ShoeBox(
            size, fs=SAMPLE_RATE, materials=pyroomacoustics.Material(absorption), max_order=min(order, 12)
        )
        room.add_source(size * rng.uniform(0.15, 0.85, 3))
        room.add_microphone(size * rng.uniform(0.15, 0.85, 3))
        room.compute_rir()
        response = room.rir[0][0]
        first = max(0, int(np.abs(response).argmax()) - BEFORE_SAMPLES)
        response = response[first : first + RESPONSE_SAMPLES]
        row[: len(response)] = response / np.sqrt(np.square(response).sum())
    return responses
