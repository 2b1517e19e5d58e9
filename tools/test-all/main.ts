/** Installs what the tests need, checks everything, and ends with one line of counts. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { installMissing } from "../install/installMissing.ts";
import { countStep } from "./countStep.ts";
import { describeCounts } from "./describeCounts.ts";
import { runDeno } from "./runDeno.ts";
import { steps } from "./steps.ts";
import type { TestCounts } from "./TestCounts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };

try {
  await installMissing(
    [
      "haproxy",
      "wrk",
      "curl",
      { package: "libcap2-bin", program: "capsh" },
      { package: "iproute2", program: "ip" },
      { package: "systemd", program: "systemd-analyze" },
      { package: "ca-certificates", file: "/etc/ssl/certs/ca-certificates.crt" },
    ],
    console.log,
  );
  add({ passed: 1, failed: 0, skipped: 0 });
} catch (error) {
  console.error((error as Error).message);
  add({ passed: 0, failed: 1, skipped: 0 });
}
for (const { words, runsTests } of steps) {
  console.log(`\n--- deno ${words.join(" ")}`);
  const { ok, output } = await runDeno(words, root);
  add(countStep({ runsTests, ok, output }));
}
console.log(`\n${describeCounts(total)}`);
process.exit(total.failed === 0 ? 0 : 1);

function add({ passed, failed, skipped }: TestCounts): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}
