import assert from "node:assert/strict";
import { RefusedServices } from "../../../lib/core/exclusion/RefusedServices.ts";
import type { Service } from "../../../lib/core/model/Service.ts";
import type { Configuration } from "../../../lib/core/render/Configuration.ts";
import type { Validation } from "../../../lib/shell/haproxy/validateConfiguration.ts";
import { findAccepted } from "../../../lib/shell/sync/findAccepted.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";

const [a, b] = [serviceOf({ appId: "/a", port: 10001 }), serviceOf({ appId: "/b", port: 10002 })];
const good: Validation = { valid: true, messages: [], stage: "start" };

/** One line for each service, after one that all share. */
function render(services: readonly Service[]): Configuration {
  const chunks = [
    { text: "global\n" },
    ...services.map((service) => ({ text: `${service.appId}\n`, service })),
  ];
  const text = chunks.map(({ text }) => text).join("");
  return { text, chunks, maps: { "domain2backend.map": "", "app2backend.map": "" }, problems: [] };
}

function refusing(message: string, line?: number): Validation {
  return { valid: false, messages: [{ severity: "alert", line, message }], stage: "parse" };
}

const broken = "'bind :10001' in section 'frontend' : unable to load certificate from file '/a.pem'.";

Deno.test("findAccepted: a service whose file was good before is not left out, all waits for the file", async () => {
  const refused = new RefusedServices();
  const find = (services: readonly Service[], check: () => Validation) =>
    findAccepted(services, { render, refused, cleanUp: true, check: () => Promise.resolve(check()) });
  await find([a], () => good);
  await assert.rejects(find([a, b], () => refusing(broken, 2)), {
    message: `HAProxy refuses a file that /a needs and had before, the running one stays: line 2: ${broken}`,
  });
  // Mended.
  const { configuration } = await find([a, b], () => good);
  assert.match(configuration.text, /\/a\n\/b\n/);
});

Deno.test("findAccepted: a service that is new, or has something else wrong, is left out", async () => {
  for (const [proven, message] of [[b, broken], [a, "unknown keyword 'x'"]] as const) {
    const refused = new RefusedServices();
    refused.accept([proven]);
    const { configuration, problems } = await findAccepted([a, b], {
      render,
      refused,
      cleanUp: true,
      check: ({ text }) => Promise.resolve(text.includes("/a\n") ? refusing(message, 2) : good),
    });
    assert.equal(configuration.text, "global\n/b\n");
    assert.deepEqual(problems.map(({ app }) => app), ["/a"]);
  }
});

Deno.test("findAccepted: nobody is blamed for what is over when it is asked again", async () => {
  const refused = new RefusedServices();
  const answers = [refusing("cannot read the file")];
  const options = { render, refused, cleanUp: true, check: () => Promise.resolve(answers.pop() ?? good) };
  await assert.rejects(
    findAccepted([a, b], options),
    /^Error: HAProxy refuses the new configuration, but not when asked again, the running one stays: cannot read/,
  );
  const { problems } = await findAccepted([a, b], options);
  assert.deepEqual(problems, []);
});
