import assert from "node:assert/strict";
import { HostResolver } from "../../../lib/shell/dns/HostResolver.ts";
import { FakeClock } from "../../support/FakeClock.ts";

/** A name server that a test changes; asks are kept in their order. */
class Names {
  readonly clock = new FakeClock();
  readonly asked: string[] = [];
  readonly known = new Map<string, string>();
  readonly #resolver = new HostResolver(this.clock, (host) => this.#lookUp(host));

  async addresses(...hosts: string[]): Promise<Record<string, string>> {
    return Object.fromEntries(await this.#resolver.addresses(new Set(hosts)));
  }

  #lookUp(host: string): Promise<string> {
    this.asked.push(host);
    const address = this.known.get(host);
    return address ? Promise.resolve(address) : Promise.reject(new Error(`no such host ${host}`));
  }
}

Deno.test("HostResolver: an address is believed for a minute", async () => {
  const names = new Names();
  names.known.set("agent", "10.0.0.1");
  assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.1" });
  names.known.set("agent", "10.0.0.2");
  await names.clock.advance(59_999);
  assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.1" });
  await names.clock.advance(1);
  assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.2" });
  assert.deepEqual(names.asked, ["agent", "agent"]);
});

Deno.test("HostResolver: an agent keeps its address while the name server fails", async () => {
  const names = new Names();
  names.known.set("agent", "10.0.0.1");
  await names.addresses("agent");
  names.known.clear();
  for (let minute = 0; minute < 5; minute++) {
    await names.clock.advance(60_000);
    assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.1" });
  }
  names.known.set("agent", "10.0.0.2");
  await names.clock.advance(60_000);
  assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.2" });
});

Deno.test("HostResolver: a host that never had an address is missing, and looked up again soon", async () => {
  const names = new Names();
  names.known.set("good", "10.0.0.1");
  assert.deepEqual(await names.addresses("bad", "good"), { good: "10.0.0.1" });
  names.known.set("bad", "10.0.0.3");
  await names.clock.advance(9_999);
  assert.deepEqual(await names.addresses("bad", "good"), { good: "10.0.0.1" });
  await names.clock.advance(1);
  assert.deepEqual(await names.addresses("bad", "good"), { good: "10.0.0.1", bad: "10.0.0.3" });
  assert.deepEqual(names.asked, ["bad", "good", "bad"]);
});

Deno.test("HostResolver: a host that is not asked for is forgotten", async () => {
  const names = new Names();
  names.known.set("a", "10.0.0.1").set("b", "10.0.0.2");
  assert.deepEqual(await names.addresses("a", "b"), { a: "10.0.0.1", b: "10.0.0.2" });
  assert.deepEqual(await names.addresses("b"), { b: "10.0.0.2" });
  names.known.delete("a");
  assert.deepEqual(await names.addresses("a"), {}, "its old address came back");
});

Deno.test("HostResolver: hosts are looked up at the same time", async () => {
  const waiting: (() => void)[] = [];
  const resolver = new HostResolver(new FakeClock(), (host) =>
    new Promise((resolve) => {
      waiting.push(() => resolve(`address of ${host}`));
    }));
  const addresses = resolver.addresses(new Set(["a", "b", "c"]));
  assert.equal(waiting.length, 3);
  for (const answer of waiting.reverse()) answer();
  assert.deepEqual(
    await addresses,
    new Map(["c", "b", "a"].map((host) => [host, `address of ${host}`])),
  );
});

Deno.test("HostResolver: asks the system, for IPv4 alone", async () => {
  const resolver = new HostResolver(new FakeClock());
  // RFC 6761: "invalid" never resolves.
  const addresses = await resolver.addresses(new Set(["localhost", "agent.invalid"]));
  assert.deepEqual(addresses, new Map([["localhost", "127.0.0.1"]]));
});
