import assert from "node:assert/strict";
import { RenewedAuthorization } from "../../../lib/shell/marathon/auth.ts";
import { FakeClock } from "../../support/FakeClock.ts";

const hour = 3_600_000;

/** A clock whose wall time can be put wrong without time going by. */
class JumpingClock extends FakeClock {
  wrongBy = 0;

  override now(): number {
    return super.now() + this.wrongBy;
  }
}

Deno.test("RenewedAuthorization: a token lasts for the time that goes by, wherever the wall clock jumps", async () => {
  const clock = new JumpingClock();
  let asked = 0;
  const authorization = new RenewedAuthorization("a test", {
    clock,
    obtain: () => Promise.resolve({ header: `token ${++asked}`, lifetime: hour }),
  });
  const header = () => authorization.header(new AbortController().signal);
  assert.equal(await header(), "token 1");
  for (const jump of [1_000 * hour, -1_000 * hour]) {
    clock.wrongBy = jump;
    assert.equal(await header(), "token 1", `a jump of ${jump / hour} h`);
  }
  await clock.advance(hour);
  assert.equal(await header(), "token 2", "it has ended, though the wall clock is before its begin");
});
