import assert from "node:assert/strict";
import { mayStillFail } from "../../../lib/core/exclusion/mayStillFail.ts";
import type { CheckStage } from "../../../lib/core/haproxy/checkStage.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const withTemplate = (appId: string, name: string) =>
  serviceOf({ appId, templates: new Map([[name, "x\n"]]) });
const chunks = [
  { text: "", service: serviceOf({ appId: "/vhost-tcp", mode: "tcp", labels: { VHOST: ["a.com"] } }) },
  { text: "", service: serviceOf({ appId: "/vhost", mode: "http", labels: { VHOST: ["a.com"] } }) },
  { text: "a\n\n", service: withTemplate("/read", "BACKEND_HEAD") },
  { text: "b\n", service: withTemplate("/server", "BACKEND_SERVER_OPTIONS") },
  { text: "c\n" },
  { text: "d\n", service: withTemplate("/unread", "BACKEND_HEAD") },
  { text: "e\n", service: serviceOf({ appId: "/plain" }) },
  { text: "f\n", service: serviceOf({ appId: "/acl", labels: { BACKEND_NETWORK_ALLOWED_ACL: ["x"] } }) },
];

const table: { stage: CheckStage; lastLine: number; doubtful: string[] }[] = [
  { stage: "parse", lastLine: 4, doubtful: ["/vhost-tcp", "/server", "/unread", "/acl"] },
  { stage: "parse", lastLine: 7, doubtful: ["/vhost-tcp", "/server"] },
  { stage: "parse", lastLine: 0, doubtful: ["/vhost-tcp", "/read", "/server", "/unread", "/acl"] },
  { stage: "sections", lastLine: 0, doubtful: ["/server"] },
  { stage: "start", lastLine: 0, doubtful: [] },
];
for (const { stage, lastLine, doubtful } of table) {
  Deno.test(`mayStillFail: HAProxy stopped at ${stage}, line ${lastLine}`, () => {
    assert.deepEqual([...mayStillFail(chunks, stage, lastLine)].map(({ appId }) => appId), doubtful);
  });
}
