import assert from "node:assert/strict";
import { ownBinds } from "../../../lib/core/model/context.ts";

const options = {
  adminBind: "0.0.0.0:9090",
  appidBind: "*:9091",
  httpBind: "*:80",
  httpsBind: "[::1]:443",
  bindHttpHttps: true,
  groupHttpsByVhost: false,
};

const table: [what: string, changes: Partial<typeof options>, overrides: string[], flags: string[]][] = [
  ["all", {}, [], ["--admin-bind", "--appid-bind", "--http-bind", "--https-bind"]],
  ["without HTTP and HTTPS", { bindHttpHttps: false }, [], ["--admin-bind", "--appid-bind"]],
  ["with overrides", {}, ["HEAD", "HTTPS_FRONTEND_HEAD"], ["--appid-bind", "--http-bind"]],
  ["grouped", { groupHttpsByVhost: true }, ["HTTPS_FRONTEND_HEAD", "HTTP_FRONTEND_APPID_HEAD"], [
    "--admin-bind",
    "--http-bind",
    "--https-bind",
  ]],
  ["grouped, with overrides", { groupHttpsByVhost: true }, [
    "HTTPS_GROUPED_FRONTEND_HEAD",
    "HTTP_FRONTEND_HEAD",
  ], ["--admin-bind", "--appid-bind"]],
];
for (const [what, changes, overrides, flags] of table) {
  Deno.test(`ownBinds: ${what}`, () => {
    const binds = ownBinds({ ...options, ...changes }, new Set(overrides));
    assert.deepEqual(binds.map(({ flag }) => flag), flags);
  });
}

Deno.test("ownBinds: where they are", () => {
  const [admin, , , https] = ownBinds(options, new Set());
  assert.deepEqual(admin, { flag: "--admin-bind", host: "0.0.0.0", port: 9090 });
  assert.deepEqual(https, { flag: "--https-bind", host: "::1", port: 443 });
});
