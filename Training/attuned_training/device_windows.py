"""Windows made many at once where the network is: what `windows.py` makes one by one, for a GPU.

A GPU learns from windows faster than any number of processor cores makes them. Every function gives samples
[windows, samples] in [-1, 1) and which outputs are right [windows, words].
"""

import math

import numpy as np
import torch

from .bank import Bank, chooser
from .data import Clip
from .decoding import active_span
from .effects import SAMPLE_RATE
from .rooms import BEFORE_SAMPLES
from .windows import Augmentation
from .words import INDEX, SCARCE_COMMANDS, SILENCE, UNKNOWN, WAKE_WORDS, WORDS, label

TRANSFORM = 32_768  # samples of the transform in which rooms and microphones are applied: a window and a room's 0.4 s


def level(samples: torch.Tensor) -> torch.Tensor:
    """Root mean square of each window, [windows, 1], never zero."""
    return (samples.square().mean(1, keepdim=True) + 1e-10).sqrt()


def word_weights(clips: list[Clip]) -> np.ndarray:
    """How often each word clip is drawn: every keyword alike, wake words more, other words as often as six keywords.

    Synthetic voices are a third of a word that was recorded, and three quarters of one that hardly was.
    """
    names = np.array([clip.label if clip.label in INDEX else UNKNOWN for clip in clips])
    synthetic = np.array([clip.synthetic for clip in clips])
    weights = np.zeros(len(clips))
    for name in set(names):
        total = 6.0 if name == UNKNOWN else 1.6 if name in WAKE_WORDS else 1.0
        spoken, made = (names == name) & ~synthetic, (names == name) & synthetic
        share = 0.6 if name in SCARCE_COMMANDS else 0.45 if name == UNKNOWN else 0.3
        share = 0.0 if not made.any() else share if spoken.any() else 1.0
        weights[spoken] = total * (1 - share) / max(1, spoken.sum())
        weights[made] = total * share / max(1, made.sum())
    return weights


class DeviceWindows:
    """Makes windows of three banks: single words, running speech, noise. Random numbers are the device's."""

    def __init__(self, words: Bank, speech: Bank, noise: Bank, rooms: np.ndarray, window: int, how: Augmentation):
        self.bank, self.speech_bank, self.noise_bank = words, speech, noise
        self.device, self.window, self.how = words.device, window, how
        self.grid = torch.arange(window, device=self.device, dtype=torch.float32)
        responses = torch.from_numpy(np.ascontiguousarray(rooms)).float().to(self.device)
        self.rooms = torch.fft.rfft(responses, TRANSFORM)
        hertz = torch.fft.rfftfreq(TRANSFORM, 1 / SAMPLE_RATE, device=self.device)
        self.hertz = hertz.clamp_min(1)
        # Without a room the sound comes as late as a room's direct sound does.
        self.no_room = torch.exp(-2j * math.pi * torch.arange(len(hertz), device=self.device) * BEFORE_SAMPLES / TRANSFORM)
        self.spans = torch.zeros(0, 2, device=self.device)
        self.refresh()

    def refresh(self) -> None:
        """Takes notice of clips that were added to the banks."""
        words, speech = self.bank.clips, self.speech_bank.clips
        self.spans = torch.tensor([[clip.span_start, clip.span_end] for clip in words], device=self.device).float()
        self.labels = torch.tensor([INDEX[label(clip.label)] for clip in words], device=self.device)
        self.draw_word = chooser(word_weights(words), self.device)
        others = np.array([clip.label not in INDEX for clip in words], float)
        self.draw_other = chooser(others, self.device) if others.any() else self.draw_word
        self.draw_speech = chooser(self.speech_bank.length.double().cpu().numpy(), self.device)
        # Short sounds are as many as long recordings are.
        self.draw_noise = chooser(self.noise_bank.length.double().cpu().numpy() ** 0.5, self.device)
        right = np.zeros((len(speech), len(WORDS)), bool)
        right[:, [INDEX[UNKNOWN], INDEX[SILENCE]]] = True
        for row, clip in zip(right, speech):
            row[[INDEX[word] for word in clip.may_contain]] = True
        self.speech_right = torch.from_numpy(right).to(self.device)

    def uniform(self, count: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        return low + (high - low) * torch.rand(count, device=self.device)

    def some(self, count: int, part: float) -> torch.Tensor:
        """A random `part` of so many windows, as indices; always as many, so that nothing waits for the device."""
        return torch.randperm(count, device=self.device)[: round(count * part)]

    def only(self, count: int, word: str) -> torch.Tensor:
        right = torch.zeros(count, len(WORDS), dtype=torch.bool, device=self.device)
        right[:, INDEX[word]] = True
        return right

    def speech_places(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Clips of running speech and samples in them that a window may begin with, from anywhere."""
        clip = self.draw_speech(count)
        return clip, self.uniform(count) * (self.speech_bank.length[clip] - self.window).clamp_min(0)

    def speech_at(self, clip: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
        """Running speech from places, some of it faster or slower."""
        count = len(clip)
        rate = torch.where(self.uniform(count) < self.how.speed, self.uniform(count, 0.87, 1.16), 1.0)
        start = torch.minimum(start, self.speech_bank.length[clip] - self.window * rate).clamp_min(0)
        position = start[:, None] + self.grid * rate[:, None]
        return self.speech_bank.read(clip, position, torch.zeros_like(clip), self.speech_bank.length[clip])

    def speech_crop(self, count: int) -> torch.Tensor:
        """Running speech from anywhere."""
        return self.speech_at(*self.speech_places(count))

    def noise_crop(self, count: int) -> torch.Tensor:
        """A part of a recorded noise, at another speed or backwards; a short one stands somewhere in the window."""
        clip = self.draw_noise(count)
        length = self.noise_bank.length[clip].float()
        rate = torch.where(self.uniform(count) < self.how.noises, 2 ** self.uniform(count, -0.8, 0.8), 1.0)
        spare = length - self.window * rate
        start = self.uniform(count) * spare  # negative for a short one: it begins after the window does
        position = start[:, None] + self.grid * rate[:, None]
        # A short one is repeated half of the time, as a sound that goes on.
        again = (self.uniform(count) < 0.5) & (spare < 0)
        position = torch.where(again[:, None], position.remainder(length[:, None] - 1), position)
        samples = self.noise_bank.read(clip, position, torch.zeros_like(clip), self.noise_bank.length[clip])
        back = self.some(count, 0.2)
        samples[back] = samples[back].flip(1)
        return samples

    def coloured(self, count: int) -> torch.Tensor:
        """White, pink or brown noise."""
        spectrum = torch.fft.rfft(torch.randn(count, self.window, device=self.device))
        hertz = torch.arange(spectrum.shape[1], device=self.device).clamp_min(20 * self.window // SAMPLE_RATE)
        slope = torch.randint(0, 3, (count, 1), device=self.device) / 2
        return torch.fft.irfft(spectrum / hertz**slope, self.window)

    def babble(self, count: int) -> torch.Tensor:
        """Four voices at once."""
        voices = [self.speech_crop(count) for _ in range(4)]
        return sum(voice / level(voice) for voice in voices)

    def in_a_room(self, samples: torch.Tensor) -> torch.Tensor:
        """Through a room, a microphone that is covered or thin, a wall, or none; at the level it had."""
        count = len(samples)
        response = torch.where(
            (self.uniform(count) < self.how.rooms)[:, None],
            self.rooms[torch.randint(0, len(self.rooms), (count,), device=self.device)],
            self.no_room,
        )
        low = torch.where(self.uniform(count) < 0.6, 30.0, 10 ** self.uniform(count, 2, 2.9))[:, None]
        high = (10 ** self.uniform(count, 2.4, 3.6))[:, None]
        order = torch.randint(1, 4, (count, 1), device=self.device)
        heard = ((1 + (low / self.hertz) ** (2 * order)) * (1 + (self.hertz / high) ** (2 * order))).rsqrt()
        heard = torch.where((self.uniform(count) < self.how.microphones)[:, None], heard, 1.0)
        out = torch.fft.irfft(torch.fft.rfft(samples, TRANSFORM) * response * heard, TRANSFORM)
        out = out[:, BEFORE_SAMPLES : BEFORE_SAMPLES + self.window]
        return out * (level(samples) / level(out))

    def through_a_telephone(self, samples: torch.Tensor) -> torch.Tensor:
        """300 to 3,400 Hz in the 8 bits of mu-law (G.711), at a level of its own."""
        spectrum = torch.fft.rfft(samples, TRANSFORM)
        spectrum = spectrum * ((self.hertz > 200) & (self.hertz < 3_600))
        narrow = torch.fft.irfft(spectrum, TRANSFORM)[:, : self.window]
        peak = narrow.abs().amax(1, keepdim=True).clamp_min(1e-5)
        scale = self.uniform(len(samples), 0.02, 1.0)[:, None]
        value = narrow / peak * scale
        coded = value.sign() * torch.log1p(255 * value.abs()) / math.log(256)
        coded = (coded * 127).round() / 127
        return coded.sign() * (256 ** coded.abs() - 1) / 255 * peak / scale

    def spoil(self, samples: torch.Tensor) -> torch.Tensor:
        """A few overdriven, a few through a telephone."""
        few = self.some(len(samples), self.how.overdrive)
        limit = samples[few].abs().amax(1, keepdim=True) * self.uniform(len(few), 0.15, 0.6)[:, None]
        samples[few] = samples[few].clamp(-limit, limit)
        few = self.some(len(samples), self.how.codecs / 2)
        if len(few):
            samples[few] = self.through_a_telephone(samples[few])
        return samples

    def add_noise(self, samples: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """In noise at a random ratio to the level `reference` [windows, 1]; or without."""
        noisy = self.some(len(samples), self.how.noise)
        count = len(noisy)
        if not count:
            return samples
        television, babble, coloured = (round(count * part) for part in (0.1, 0.1, 0.18))
        noise = torch.cat([
            self.speech_crop(television),
            self.babble(babble),
            self.coloured(coloured),
            self.noise_crop(count - television - babble - coloured),
        ])
        ratio = self.uniform(count, self.how.lowest_snr, self.how.highest_snr)
        ratio[:television] = ratio[:television].clamp_min(4)
        gain = reference[noisy] / level(noise) * 10 ** (-ratio[:, None] / 20)
        return samples.index_add_(0, noisy, noise * gain)

    def gain(self, samples: torch.Tensor) -> torch.Tensor:
        """-24 to +8 dB, clipped at full scale as a sound card does."""
        return (samples * 10 ** (self.uniform(len(samples), -24, 8)[:, None] / 20)).clamp_(-1, 32767 / 32768)

    def words(self, count: int, others: bool = False, partly: float = 1 / 15) -> tuple[torch.Tensor, torch.Tensor]:
        """A word wholly inside, or for a part of them less than half of it, which is `_unknown_`; between other speech.

        With `others` only words that are no keywords.
        """
        clip = (self.draw_other if others else self.draw_word)(count)
        start, end = self.spans[clip, 0], self.spans[clip, 1]
        whole = self.uniform(count) < 0.5
        length = self.bank.length[clip].float()
        first = torch.where(whole, 0.0, (start - self.uniform(count, 0, SAMPLE_RATE / 10)).clamp_min(0))
        last = torch.where(whole, length, torch.minimum(end + self.uniform(count, 0, SAMPLE_RATE / 10), length))
        rate = torch.where(self.uniform(count) < self.how.speed, self.uniform(count, 0.85, 1.18), 1.0)
        span, spare = (end - start) / rate, self.window - (end - start) / rate
        at = torch.where(spare > 0, self.uniform(count) * spare, spare / 2)  # the word's start in the window
        partial = self.uniform(count) < partly
        inside = span * self.uniform(count, 0.05, 0.42)
        at = torch.where(partial, torch.where(self.uniform(count) < 0.5, inside - span, self.window - inside), at)
        position = (self.grid - at[:, None]) * rate[:, None] + start[:, None]
        samples = self.bank.read(clip, position, first.long(), last.long())
        spoken = (position >= start[:, None]) & (position < end[:, None])
        reference = ((samples * spoken).square().sum(1, keepdim=True) / spoken.sum(1, keepdim=True).clamp_min(1) + 1e-10).sqrt()
        edges = ((first - start) / rate + at, (last - start) / rate + at)
        for side, edge in enumerate(edges):
            few = self.some(count, 0.25 * self.how.neighbours / 0.5)
            voice = self.speech_crop(len(few))
            voice *= reference[few] / level(voice) * 10 ** (self.uniform(len(few), -8, 4)[:, None] / 20)
            gap = self.uniform(len(few), 320, 3_200)[:, None] * (1 if side else -1)
            border = edge[few, None] + gap
            samples.index_add_(0, few, torch.where(self.grid > border if side else self.grid < border, voice, 0.0))
        samples = self.add_noise(self.spoil(self.in_a_room(samples)), reference)
        right = torch.zeros(count, len(WORDS), dtype=torch.bool, device=self.device)
        right.scatter_(1, torch.where(partial, INDEX[UNKNOWN], self.labels[clip])[:, None], True)
        return self.gain(samples), right

    def speech(self, clip: torch.Tensor, start: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Running speech from places, one in eight only a piece of it with nothing around."""
        samples, count = self.speech_at(clip, start), len(clip)
        few = self.some(count, 1 / 8)
        length = self.uniform(len(few), 0.25, 1.0)[:, None] * SAMPLE_RATE
        begin = self.uniform(len(few))[:, None] * (self.window - length)
        samples[few] *= (self.grid >= begin) & (self.grid < begin + length)
        samples = self.spoil(self.in_a_room(samples))
        return self.gain(self.add_noise(samples, level(samples))), self.speech_right[clip]

    def noises(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Noise, music and sounds as they are, in rooms, some two at a time: neither of which is a word."""
        samples = self.noise_crop(count)
        few = self.some(count, 0.3)
        other = self.noise_crop(len(few))
        samples[few] += other * (level(samples[few]) / level(other) * 10 ** (self.uniform(len(few), -12, 6)[:, None] / 20))
        samples = self.spoil(self.in_a_room(samples))
        loudness = 10 ** (self.uniform(count, -55, -8)[:, None] / 20)
        right = self.only(count, SILENCE)
        right[:, INDEX[UNKNOWN]] = True
        return (samples / level(samples) * loudness).clamp_(-1, 1), right

    def silence(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Noise of any level without a word; a fifth is digital zeros, a third a recording among zeros."""
        recorded = round(0.7 * count)
        samples = self.in_a_room(torch.cat([self.noise_crop(recorded), self.coloured(count - recorded)]))
        loudness = torch.where(self.uniform(count) < 0.3, self.uniform(count, -95, -60), self.uniform(count, -60, -12))
        samples = samples / level(samples) * 10 ** (loudness[:, None] / 20)
        few = self.some(count, 0.35)
        length = self.uniform(len(few), 0.3, 1.2)[:, None] * SAMPLE_RATE
        begin = self.uniform(len(few))[:, None] * (self.window - length)
        samples[few] *= (self.grid >= begin) & (self.grid < begin + length)
        samples[self.some(count, 0.2)] = 0
        return samples.clamp_(-1, 1), self.only(count, SILENCE)


def with_span(clip: Clip, samples: np.ndarray) -> tuple[Clip, np.ndarray]:
    """A word clip whose span is where its word is in these samples."""
    clip.span_start, clip.span_end = active_span(samples)
    return clip, samples
