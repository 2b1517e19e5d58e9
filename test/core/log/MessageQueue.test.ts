import fc from "fast-check";
import assert from "node:assert/strict";
import { MessageQueue } from "../../../lib/core/log/MessageQueue.ts";

function message(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function takeAll(queue: MessageQueue): string[] {
  const texts = [];
  for (let next = queue.take(); next; next = queue.take()) texts.push(new TextDecoder().decode(next));
  return texts;
}

Deno.test("messages come out in their order", () => {
  const queue = new MessageQueue(100);
  for (const text of ["a", "b", "c"]) queue.add(message(text));
  assert.equal(queue.size, 3);
  assert.deepEqual(takeAll(queue), ["a", "b", "c"]);
  assert.deepEqual([queue.size, queue.dropped], [0, 0]);
});

Deno.test("where there is no room the oldest are dropped and counted", () => {
  const queue = new MessageQueue(6);
  for (const text of ["aaa", "bb", "cc", "dd"]) queue.add(message(text));
  assert.equal(queue.dropped, 1);
  assert.deepEqual(takeAll(queue), ["bb", "cc", "dd"]);
  queue.forgetDropped();
  queue.add(message("longer than all"));
  assert.deepEqual([queue.size, queue.dropped], [0, 1]);
});

Deno.test("a message that is put back is the next one, unless others took its room", () => {
  const queue = new MessageQueue(4);
  for (const text of ["aa", "bb"]) queue.add(message(text));
  const first = queue.take()!;
  queue.putBack(first);
  assert.deepEqual(takeAll(queue), ["aa", "bb"]);

  queue.putBack(message("aa"));
  assert.deepEqual(takeAll(queue), ["aa"]);

  for (const text of ["bb", "cc"]) queue.add(message(text));
  queue.putBack(message("aa"));
  assert.equal(queue.dropped, 1);
  assert.deepEqual(takeAll(queue), ["bb", "cc"]);
});

Deno.test("it behaves as a list does", () => {
  const operation = fc.oneof(
    fc.record({ add: fc.string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" }) }),
    fc.constant("take" as const),
    fc.constant("take and put back" as const),
  );
  fc.assert(fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
    const queue = new MessageQueue(40);
    let [model, dropped] = [[] as string[], 0];
    for (const step of operations) {
      if (typeof step === "object") {
        queue.add(message(step.add));
        model.push(step.add);
        while (model.join("").length > 40) {
          model = model.slice(1);
          dropped++;
        }
      } else {
        const taken = queue.take();
        assert.equal(taken && new TextDecoder().decode(taken), model[0]);
        if (step === "take") model = model.slice(1);
        else if (taken) queue.putBack(taken);
      }
      assert.deepEqual([queue.size, queue.dropped], [model.length, dropped]);
    }
    assert.deepEqual(takeAll(queue), model);
  }));
});
