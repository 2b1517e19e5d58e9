import assert from "node:assert/strict";
import fc from "fast-check";
import process from "node:process";
import { newBinds } from "../../../lib/core/admission/binds.ts";
import { labelTable } from "../../../lib/core/labels/labelTable.ts";
import { readServiceLabels } from "../../../lib/core/labels/readLabels.ts";
import { splitList } from "../../../lib/core/text.ts";
import { readTemplateLabels } from "../../../lib/core/labels/templateLabels.ts";
import { templateTable } from "../../../lib/core/templates/templateTable.ts";
import { appOf } from "../model/support/appOf.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "../render/support/generate.ts";
import { hostileLabels, templateSyntax } from "./support/hostileLabels.ts";

/** `FUZZ_SEED=…` repeats a run. */
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const settings = { seed, numRuns: 3_000, interruptAfterTimeLimit: 5_000, markInterruptAsFailure: false };

/** What is to take milliseconds, on a machine that may be busy. What grows by the square takes minutes. */
const patience = 20_000;
const megabyte = 1_000_000;
/** Megabytes, with all that is not collected yet; what this is about takes many times that. */
const mostKept = 1_000;

const names = [...labelTable, ...templateTable].map(({ name }) => name);
const key = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...names.flatMap((name) => [`HAPROXY_0_${name}`, `HAPROXY_${name}`])),
  },
  fc.constantFrom("__proto__", "constructor", "HAPROXY_0___proto__", "HAPROXY_-1_PORT", "HAPROXY_0_", ""),
  fc.string(),
);
const piece = fc.constantFrom(
  ...templateSyntax,
  ...["{backend}", "{healthCheck[a]}", "\n", "\r\n", "\0", "\u001b[31m", "\u009b", "\u2028"],
  ...[
    "'",
    '"',
    "\\",
    "#",
    "$",
    "${HOME}",
    "%[env(HOME)]",
    ",",
    ":",
    " ",
    "\t",
    "if ",
    "-f ",
    "*",
    "*:1-65535",
    "unix@/x",
  ],
  ...[
    "a",
    "0",
    "1e9",
    "-1",
    "true",
    "http",
    "acl a path /\n",
    "use_backend x\n",
    "reqrep ^a b\n",
    "rspadd a:\\ b\n",
  ],
  ...["backend x\n", "  bind *:1-65535\n", "http-request deny\n", "http-request lua.x\n", "\ud800", "é", "𝒳"],
);
const value = fc.oneof(
  { weight: 3, arbitrary: fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")) },
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string(),
);
/** A text with U+FFFD was no UTF-8: its app is left out before any label is read, which `readApp` is tested for. */
const isText = (text: string) => !text.includes("\ufffd");
const labels = fc.dictionary(key.filter(isText), value.filter(isText), {
  maxKeys: 12,
  noNullPrototype: true,
});

/** Everything but the tab: a message must be one line, and steer no terminal. */
// deno-lint-ignore no-control-regex
const unprintable = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/;

/** An app with these labels and a task; its service has a check, so that all templates count. */
function appWith(labels: Readonly<Record<string, string>>) {
  const healthChecks = [{ protocol: "HTTP", path: "/", portIndex: 0 }];
  return marathonApp({
    id: "/hostile",
    portDefinitions: [{ port: 10_001 }],
    healthChecks,
    labels: { ...labels },
  });
}

function assertMessages(problems: readonly { readonly message: string }[]): void {
  assert.ok(problems.length < 50, `${problems.length} problems of one service`);
  for (const { message } of problems) {
    assert.doesNotMatch(message, unprintable);
    assert.ok(message.length < 2_000, `a message of ${message.length} characters: ${message.slice(0, 200)}`);
  }
}

function fuzz(name: string, run: () => void): void {
  Deno.test(`labels: ${name} (FUZZ_SEED=${seed})`, () => {
    const before = process.memoryUsage().heapUsed;
    run();
    const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
    assert.ok(grown < mostKept, `memory grew by ${grown} MB`);
  });
}

fuzz("a scalar label holds no control characters, or is refused with a message that has none", () => {
  fc.assert(
    fc.property(labels, (labels) => {
      let read;
      try {
        read = readServiceLabels(appOf({ labels }), 0);
      } catch (error) {
        assert.ok(error instanceof RangeError, `it threw ${error}`);
        return assertMessages([error]);
      }
      const texts = JSON.stringify(Object.values(read), (_, value) => {
        if (typeof value === "string") assert.doesNotMatch(value, /\p{Cc}/u);
        return value;
      });
      assert.ok(texts.length < 10_000);
    }),
    settings,
  );
});

fuzz("a template label is compiled, or refused with a message of one line", () => {
  fc.assert(
    fc.property(labels, (labels) => {
      try {
        const { templates } = readTemplateLabels(appOf({ labels }), 0, ["all"]);
        for (const text of templates.values()) assert.doesNotMatch(text, /\r\n/);
      } catch (error) {
        assert.ok(error instanceof RangeError, `it threw ${error}`);
        assertMessages([error]);
      }
    }),
    settings,
  );
});

fuzz("whatever they are, the other app is served as it was", () => {
  const other = marathonApp({
    id: "/other",
    portDefinitions: [{ port: 10_002 }],
    labels: { HAPROXY_0_VHOST: "o.test" },
  });
  const own = (labels: Readonly<Record<string, string>>) => {
    const generated = generate({ apps: [appWith(labels), other] }, {}, { bindHttpHttps: false });
    newBinds([], generated);
    assertMessages(generated.problems);
    return generated.chunks.filter(({ service }) => service?.appId === "/other").map(({ text }) => text);
  };
  const alone = own({ HAPROXY_0_ENABLED: "false" });
  assert.ok(alone.length > 0);
  // Not the port and name of the other: who comes first keeps those.
  const claims = /DEPLOYMENT_GROUP|_PORT$/;
  const harmless = labels.map((labels) =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => !claims.test(name)))
  );
  fc.assert(fc.property(harmless, (labels) => assert.deepEqual(own(labels), alone)), settings);
});

fuzz("lists have no empty entries, and none with white space around it", () => {
  fc.assert(
    fc.property(value, (text) => {
      const entries = splitList(text);
      assert.ok(entries.every((entry) => entry !== "" && entry === entry.trim() && !entry.includes(",")));
    }),
    settings,
  );
});

for (const [name, make] of Object.entries(hostileLabels)) {
  // Labels of one line are parsed up to 65,536 characters.
  fuzz(`a megabyte of them, and what is just parsed, does not keep the program busy: ${name}`, () => {
    for (const length of [megabyte, 65_500]) assertQuick(make(length));
  });
}

function assertQuick(labels: Readonly<Record<string, string>>): void {
  const app = appWith({ HAPROXY_0_MODE: "http", ...labels });
  const begin = performance.now();
  const generated = generate({ apps: [app] });
  newBinds([generated.text], generated);
  newBinds([], generated);
  const took = performance.now() - begin;
  assert.ok(took < patience, `it took ${Math.round(took)} ms`);
  assertMessages(generated.problems);
}

fuzz("a hundred thousand labels are no more work than a few", () => {
  const many = (count: number) =>
    appWith(
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`HAPROXY_${n}_VHOST`, `h${n}.test`])),
    );
  const begin = performance.now();
  const most = generate({ apps: [many(19_000)] });
  const tooMany = generate({ apps: [many(100_000)] });
  assert.ok(performance.now() - begin < patience);
  assert.match(most.text, /h0\.test/);
  assert.doesNotMatch(most.text, /h1\.test/);
  assert.doesNotMatch(tooMany.text, /h0\.test/);
  assert.match(tooMany.problems.map(({ message }) => message).join(), /labels/);
});
