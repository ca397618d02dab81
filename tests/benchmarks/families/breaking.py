"""What a break needs that the standard library has not: a hash that goes on from a state, and a lattice made short."""

import struct
from math import isqrt

PRIMES = [n for n in range(2, 312) if all(n % d for d in range(2, isqrt(n) + 1))][:64]
Row = list[int]


def _cube_root_bits(number: int) -> int:
    """The first 32 bits behind the point of the cube root."""
    low, high = 0, 1 << 40
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number << 96 else (low, middle - 1)
    return low & 0xFFFFFFFF


CONSTANTS = [_cube_root_bits(prime) for prime in PRIMES]


def sha256_on(state: bytes, block: bytes) -> bytes:
    """SHA-256 one block further (FIPS 180-4, 6.2.2)."""

    def turn(x: int, n: int) -> int:
        return (x >> n | x << (32 - n)) & 0xFFFFFFFF

    words = list(struct.unpack(">16I", block))
    for n in range(16, 64):
        one, two = words[n - 15], words[n - 2]
        s0 = turn(one, 7) ^ turn(one, 18) ^ one >> 3
        s1 = turn(two, 17) ^ turn(two, 19) ^ two >> 10
        words.append((words[n - 16] + s0 + words[n - 7] + s1) & 0xFFFFFFFF)
    before = struct.unpack(">8I", state)
    a, b, c, d, e, f, g, h = before
    for constant, word in zip(CONSTANTS, words, strict=True):
        one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + constant + word
        two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (one + two) & 0xFFFFFFFF, a, b, c, (d + one) & 0xFFFFFFFF, e, f, g
    after = (a, b, c, d, e, f, g, h)
    return struct.pack(">8I", *((x + y) & 0xFFFFFFFF for x, y in zip(before, after, strict=True)))


def dot(one: Row, two: Row) -> int:
    """The inner product."""
    return sum(x * y for x, y in zip(one, two, strict=True))


def shortened(rows: list[Row]) -> list[Row]:
    """A reduced basis of the lattice of these rows."""
    return _Lattice(rows).reduced()


class _Lattice:
    """Lenstra, Lenstra and Lovasz, all in whole numbers (Cohen 1993, algorithm 2.6.7)."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.d = [1] + [0] * len(rows)
        self.lam = [[0] * len(rows) for _ in rows]

    def reduced(self) -> list[Row]:
        k, most = 1, 0
        self.orthogonal(0)
        while k < len(self.rows):
            if k > most:
                most = k
                self.orthogonal(k)
            self.shorten(k, k - 1)
            d, between = self.d, self.lam[k][k - 1]
            if 4 * (d[k + 1] * d[k - 1] + between**2) < 3 * d[k] ** 2:
                self.swap(k, most)
                k = max(1, k - 1)
                continue
            for j in range(k - 2, -1, -1):
                self.shorten(k, j)
            k += 1
        return self.rows

    def orthogonal(self, k: int) -> None:
        for j in range(k + 1):
            u = dot(self.rows[k], self.rows[j])
            for i in range(j):
                u = (self.d[i + 1] * u - self.lam[k][i] * self.lam[j][i]) // self.d[i]
            if j < k:
                self.lam[k][j] = u
            else:
                self.d[k + 1] = u

    def shorten(self, k: int, j: int) -> None:
        lam, d = self.lam, self.d
        if 2 * abs(lam[k][j]) <= d[j + 1]:
            return
        q = (2 * lam[k][j] + d[j + 1]) // (2 * d[j + 1])
        self.rows[k] = [x - q * y for x, y in zip(self.rows[k], self.rows[j], strict=True)]
        lam[k][j] -= q * d[j + 1]
        for i in range(j):
            lam[k][i] -= q * lam[j][i]

    def swap(self, k: int, most: int) -> None:
        rows, lam, d = self.rows, self.lam, self.d
        rows[k], rows[k - 1] = rows[k - 1], rows[k]
        for j in range(k - 1):
            lam[k][j], lam[k - 1][j] = lam[k - 1][j], lam[k][j]
        old, between = d[k], lam[k][k - 1]
        d[k] = (d[k - 1] * d[k + 1] + between * between) // old
        for i in range(k + 1, most + 1):
            t = lam[i][k]
            lam[i][k] = (d[k + 1] * lam[i][k - 1] - between * t) // old
            lam[i][k - 1] = (d[k] * t + between * lam[i][k]) // d[k + 1]
