import assert from "node:assert/strict";
import { join } from "node:path";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import { assembled, type Configuration } from "../../../lib/core/render/configuration.ts";
import { ConfigurationStore } from "../../../lib/shell/sync/store.ts";
import { Applier, Ledger } from "../../../lib/shell/sync/applier.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";

const service = serviceOf();

function serving(global: string, ...servers: string[]): Configuration {
  const lines = servers.map((server) => `  server ${server.replace(" ", " 10.0.0.1:80 ")}\n`);
  return assembled({
    chunks: [{ text: `global\n${global}` }, {
      text: `\nbackend web\n${lines.join("")}`,
      service,
      backend: true,
    }],
    maps: { "domain2backend.map": "", "app2backend.map": "" },
    problems: [],
  });
}

Deno.test("Applier: at each reload it knows which servers rest in HAProxy for nothing but what is over", () =>
  withDirectory(async (directory) => {
    const seen: string[][] = [];
    let follows = true;
    const configFile = join(directory, "haproxy.cfg");
    const store = new ConfigurationStore({ configFile, archiveVersions: 0, haproxyMap: false });
    const clock = new FakeClock();
    const ledger = new Ledger({ store, clock, again: () => {} });
    const applier = new Applier({
      ledger,
      store,
      reload: () => {
        seen.push([...ledger.resting].sort());
        return Promise.resolve({ ok: true });
      },
      runtime: {
        abilities: { dynamicCookies: false, haproxyDir: directory },
        update: () =>
          Promise.resolve(follows ? { ok: true, commands: 1 } : { ok: false, commands: 1, reason: "no" }),
      },
      clock,
      logger: new RecordingLogger(),
      refused: () => {},
    });
    const { signal } = new AbortController();
    const apply = async (configuration: Configuration) => {
      const base = await applier.base();
      const plan = planUpdate(base.files, configuration, base.haproxy);
      return await applier.apply(plan, configuration, base, signal);
    };

    await apply(serving("", "a ", "b ", "c "));
    assert.deepEqual(seen.splice(0), [[]]);
    // By commands one drains and one goes; both are back when something else needs a reload.
    assert.equal(await apply(serving("", "a ", "b disabled")), "by commands");
    assert.equal(await apply(serving("  maxconn 7\n", "a ", "b ", "c ")), "by a reload");
    assert.deepEqual(seen.splice(0), [["web/b", "web/c"]]);
    // HAProxy is not as it should be: of its backend nothing is believed.
    follows = false;
    assert.equal(await apply(serving("  maxconn 7\n", "a ", "b ")), "by a reload");
    assert.deepEqual(seen.splice(0), [["web/a", "web/b", "web/c"]]);
    assert.equal(await apply(serving("", "a ", "b ")), "by a reload");
    assert.deepEqual(seen.splice(0), [[]]);
  }));
