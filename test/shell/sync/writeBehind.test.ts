import assert from "node:assert/strict";
import { WriteBehind } from "../../../lib/shell/sync/writeBehind.ts";
import { FakeClock } from "../../support/FakeClock.ts";

interface Content {
  readonly name: string;
}

/** A disk that takes 10 ms for each writing, and notes what it was given and when. */
class Bench {
  readonly clock = new FakeClock();
  readonly written: string[] = [];
  failures = 0;
  failure: Error | undefined;
  readonly #begun = this.clock.monotonic();
  readonly writer = new WriteBehind<Content>({
    write: async ({ name }) => {
      await this.clock.sleep(10);
      if (this.failure) throw this.failure;
      this.written.push(`${name} at ${this.clock.monotonic() - this.#begun}`);
    },
    failed: () => void this.failures++,
    clock: this.clock,
  });

  follow(name: string): void {
    this.writer.follow({ name });
  }
}

Deno.test("WriteBehind: writes the first at once, and the latest after a rest of four times as long", async () => {
  const { clock, writer, written, ...bench } = new Bench();
  const follow = (name: string) => writer.follow({ name });
  follow("a");
  assert.equal(writer.behind, true);
  follow("b");
  follow("c");
  await clock.advance(10);
  assert.deepEqual([written, writer.behind], [["a at 10"], true]);
  follow("d");
  await clock.advance(49);
  assert.deepEqual(written, ["a at 10"]);
  await clock.advance(1);
  assert.deepEqual([written, writer.behind], [["a at 10", "d at 60"], false]);
  await clock.advance(1_000);
  follow("e");
  await clock.advance(10);
  assert.deepEqual([written.at(-1), clock.sleeping, bench.failures], ["e at 1070", 0, 0]);
});

Deno.test("WriteBehind: settling ends the rest, and waits for all that is to be written", async () => {
  const { clock, writer, written } = new Bench();
  writer.follow({ name: "a" });
  await clock.advance(10);
  writer.follow({ name: "b" });
  await clock.advance(5);
  const settled = writer.settle();
  await clock.advance(10);
  await settled;
  assert.deepEqual([written, writer.behind], [["a at 10", "b at 25"], false]);
  await writer.settle();
  // The rest is over only for those who wait.
  writer.follow({ name: "c" });
  await clock.advance(50);
  assert.deepEqual(written.at(-1), "c at 75");
});

Deno.test("WriteBehind: after a failure nothing is written until settle is called", async () => {
  const bench = new Bench();
  const { clock, writer, written } = bench;
  bench.failure = new Error("the disk is full");
  bench.follow("a");
  await clock.advance(10);
  assert.deepEqual([bench.failures, writer.failed, writer.behind], [1, true, true]);
  bench.follow("b");
  await clock.advance(5_000);
  assert.deepEqual([bench.failures, clock.sleeping], [1, 0]);

  const failing = assert.rejects(writer.settle(), { message: "the disk is full" });
  await clock.advance(10);
  await failing;
  assert.equal(bench.failures, 2);
  bench.failure = undefined;
  const settled = writer.settle();
  await clock.advance(10);
  await settled;
  assert.deepEqual([written, writer.failed, writer.behind], [["b at 5030"], false, false]);
});

Deno.test("WriteBehind: what is cancelled is not written, but for what is under way", async () => {
  const bench = new Bench();
  const { clock, writer, written } = bench;
  assert.equal(await writer.cancel(), undefined);
  bench.follow("a");
  await clock.advance(5);
  bench.follow("b");
  const cancelled = writer.cancel();
  await clock.advance(5);
  assert.deepEqual([await cancelled, written, writer.behind], [{ name: "b" }, ["a at 10"], false]);
  await clock.advance(5_000);
  assert.deepEqual(written, ["a at 10"]);

  bench.failure = new Error("the disk is full");
  bench.follow("c");
  await clock.advance(10);
  assert.deepEqual(await writer.cancel(), { name: "c" });
  assert.equal(writer.failed, false);
});

for (let turns = 0; turns < 12; turns++) {
  Deno.test(`WriteBehind: what comes ${turns} turns after the end of a writing is written, too`, async () => {
    const clock = new FakeClock();
    const written: string[] = [];
    const ended = Promise.withResolvers<void>();
    const writer = new WriteBehind<Content>({
      write: ({ name }) => {
        written.push(name);
        return name === "a" ? ended.promise : Promise.resolve();
      },
      failed: () => assert.fail(),
      clock,
    });
    writer.follow({ name: "a" });
    ended.resolve();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    writer.follow({ name: "b" });
    await clock.advance(1_000);
    assert.deepEqual([written, writer.behind], [["a", "b"], false]);
  });
}
