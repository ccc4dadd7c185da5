# SPDX-License-Identifier: Apache-2.0
"""The cuts and the judgements, on recordings and files made up for them."""

import os
import random
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import power
import recording
from promises import Promises
from recording import FLUSH, PROMISE, SECTOR, WRITE, Entry

DISK = 64 * SECTOR


def entry(kind, offset=0, data=b""):
    return Entry(kind, offset, memoryview(data))


def sectors(byte, first, count):
    return entry(WRITE, first * SECTOR, byte * (count * SECTOR))


def disk_after(entries, cut, seed):
    with tempfile.TemporaryFile() as image:
        image.truncate(DISK)
        recording.cut_power(entries, cut, random.Random(seed), image.fileno())
        return os.pread(image.fileno(), DISK, 0)


class Cutting(unittest.TestCase):
    WRITTEN = (sectors(b"a", 0, 8), entry(FLUSH), sectors(b"b", 4, 8), sectors(b"c", 60, 4))

    def disks(self, cut):
        return [disk_after(self.WRITTEN, cut, seed) for seed in range(100)]

    def test_what_was_flushed_is_there_after_every_cut(self):
        self.assertEqual({disk[:4 * SECTOR] for disk in self.disks(4)}, {b"a" * (4 * SECTOR)})

    def test_what_was_not_is_there_or_not_sector_by_sector(self):
        found = [disk[4 * SECTOR:12 * SECTOR] for disk in self.disks(4)]
        old = b"a" * (4 * SECTOR) + bytes(4 * SECTOR)
        self.assertIn(old, found)
        self.assertIn(b"b" * (8 * SECTOR), found)
        torn = [some for some in found if some not in (old, b"b" * (8 * SECTOR))]
        self.assertGreater(len(set(torn)), 10)
        for some in torn:
            for at in range(0, len(some), SECTOR):
                self.assertEqual(len(set(some[at:at + SECTOR])), 1)

    def test_sectors_are_the_disks_wherever_a_write_begins(self):
        write = [entry(WRITE, SECTOR // 2, b"d" * SECTOR)]
        lengths = {disk_after(write, 1, seed).count(b"d") for seed in range(100)}
        self.assertEqual(lengths, {0, SECTOR // 2, SECTOR})

    def test_what_was_written_later_may_be_there_without_what_was_written_before(self):
        self.assertTrue(any(b"c" in disk and disk.count(b"b") < 8 * SECTOR
                            for disk in self.disks(4)))

    def test_nothing_behind_the_cut_is_there(self):
        self.assertTrue(all(b"c" not in disk for disk in self.disks(3)))
        self.assertEqual({disk.strip(b"\0") for disk in self.disks(2)}, {b"a" * (8 * SECTOR)})

    def test_a_recording_is_read_as_it_was_written(self):
        with tempfile.NamedTemporaryFile() as file:
            for one in self.WRITTEN:
                file.write(recording.HEAD.pack(one.kind, len(one.data), one.offset))
                file.write(one.data)
            file.flush()
            self.assertEqual(tuple(recording.load(Path(file.name))), self.WRITTEN)


class Promising(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.promises = Promises()

    def hear(self, *messages):
        for message in messages:
            self.promises.hear(message)

    def lost(self, file, data):
        (self.directory / file).write_bytes(data)
        return self.promises.lost(self.directory)

    def test_bytes_must_be_where_they_were_promised(self):
        self.hear(b"bytes 0 f 2\nabc")
        self.assertEqual(self.promises.lost(self.directory), [])
        self.hear(b"durable 0\n")
        self.assertEqual(self.promises.lost(self.directory), ["bytes of f at 2"])
        self.assertEqual(self.lost("f", b"--abc"), [])
        for wrong in b"--ab", b"--abd", b"abc", b"--\0\0\0":
            self.assertEqual(self.lost("f", wrong), ["bytes of f at 2"])

    def test_bytes_under_way_may_have_come_in_part_but_not_others(self):
        self.hear(b"bytes 0 f 0\nold", b"durable 0\n", b"bytes 1 f 0\nNEW")
        for some in b"old", b"NEW", b"NlW", b"oEd":
            self.assertEqual(self.lost("f", some), [])
        self.assertEqual(self.lost("f", b"ol-"), ["bytes of f at 0"])
        self.hear(b"durable 1\n")
        self.assertEqual(self.lost("f", b"old"), ["bytes of f at 0"])
        self.assertEqual(self.promises.count(), 1)

    def test_whole_files_are_the_old_or_the_new_one(self):
        self.hear(b"whole 0 f 0\nold", b"durable 0\n", b"whole 1 f 0\nnewer")
        for some in b"old", b"newer":
            self.assertEqual(self.lost("f", some), [])
        for some in b"newe", b"olwer", b"", b"older":
            self.assertEqual(self.lost("f", some), ["whole of f at 0"])
        self.hear(b"durable 1\n")
        self.assertEqual(self.lost("f", b"old"), ["whole of f at 0"])

    def test_a_whole_file_may_be_missing_only_before_the_first_promise(self):
        self.hear(b"whole 0 f 0\nnew")
        self.assertEqual(self.promises.lost(self.directory), [])
        self.assertEqual(self.lost("f", b"ne"), ["whole of f at 0"])
        self.hear(b"durable 0\n")
        (self.directory / "f").unlink()
        self.assertEqual(self.promises.lost(self.directory), ["whole of f at 0"])

    def test_what_is_gone_stays_gone(self):
        self.hear(b"gone 0 f 0\n")
        self.assertEqual(self.lost("f", b""), [])
        self.hear(b"durable 0\n")
        self.assertEqual(self.lost("f", b""), ["gone of f at 0"])
        (self.directory / "f").unlink()
        self.assertEqual(self.promises.lost(self.directory), [])


class Judging(unittest.TestCase):
    def setUp(self):
        said = unittest.mock.patch("power.say")
        self.said = said.start()
        self.addCleanup(said.stop)
        self.verdict = power.Verdict()

    def test_one_lost_record_is_too_many(self):
        self.verdict.judge_route("ext4 always", power.Tally(30, 812, 0, 0))
        self.assertTrue(self.verdict.is_good)
        self.said.assert_called_with("ext4 always: 30 cuts, 812 records promised, 0 lost")
        self.verdict.judge_route("ext4 always", power.Tally(30, 812, 1, 1))
        self.assertFalse(self.verdict.is_good)

    def test_controls_lose_in_all_but_a_twentieth_of_their_cuts(self):
        self.verdict.judge_control("ext4 control start", power.Tally(20, 400, 60, 19))
        self.assertTrue(self.verdict.is_good)
        self.verdict.judge_control("ext4 control start", power.Tally(20, 400, 60, 18))
        self.assertFalse(self.verdict.is_good)

    def test_what_is_bad_stays_bad_together(self):
        self.verdict.add(power.Verdict(is_good=False))
        self.verdict.add(power.Verdict())
        self.assertFalse(self.verdict.is_good)


class Moments(unittest.TestCase):
    ENTRIES = (entry(WRITE), *[entry(PROMISE, 0, b"durable 0\n"), entry(FLUSH)] * power.RECORDS)

    def test_routes_are_cut_anywhere_after_the_first_promise(self):
        self.assertEqual(power.moments(self.ENTRIES, False), range(2, len(self.ENTRIES) + 1))

    def test_controls_are_cut_among_the_later_promises(self):
        self.assertEqual(power.moments(self.ENTRIES, True),
                         range(1 + power.RECORDS, 2 * power.RECORDS))

    def test_a_missing_promise_is_an_error(self):
        with self.assertRaises(power.stage.StageError):
            power.moments(self.ENTRIES[3:], False)
