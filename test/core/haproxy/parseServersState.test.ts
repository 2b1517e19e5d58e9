import assert from "node:assert/strict";
import { parseServersState } from "../../../lib/core/haproxy/parseServersState.ts";

const columns =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight " +
  "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state " +
  "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr " +
  "srv_agent_addr srv_agent_port";

// As HAProxy 2.6.12 answered; 2.8.0 and 3.2.0 answer the same.
const recorded = `1
${columns}
2 b 5 old 127.0.0.1 2 0 1 1 1 1 0 2 0 0 0 1 - 9 - 0 0 - - 0
2 b 77 s 127.0.0.1 0 1 1 1 0 1 0 0 2 0 0 1 - 81 - 0 0 - - 0
2 b 78 t 10.0.0.7 0 5 1 1 0 1 0 0 0 0 0 1 - 82 - 0 0 - - 0
`;

Deno.test("parseServersState: what HAProxy answers", () => {
  assert.deepEqual(parseServersState(recorded), [
    { name: "old", address: "127.0.0.1", port: 9, inMaintenance: false },
    { name: "s", address: "127.0.0.1", port: 81, inMaintenance: true },
    { name: "t", address: "10.0.0.7", port: 82, inMaintenance: true },
  ]);
});

const row = (admin: number) => `2 b 5 old 127.0.0.1 2 ${admin} 1 1 1 1 0 2 0 0 0 1 - 9 - 0 0 - - 0`;
const states: [admin: number, inMaintenance: boolean, what: string][] = [
  [0x00, false, "ready"],
  [0x01, true, "maintenance"],
  [0x02, true, "maintenance by the server it tracks"],
  [0x04, false, "enabled, though disabled in the file"],
  [0x05, true, "disabled in the file"],
  [0x08, false, "drain"],
  [0x20, true, "no address was resolved"],
  [0x40, false, "a name was given by a command"],
];
for (const [admin, expected, what] of states) {
  Deno.test(`parseServersState: ${what}`, () => {
    assert.deepEqual(
      parseServersState(`1\n${columns}\n${row(admin)}`)?.map(({ inMaintenance }) => inMaintenance),
      [
        expected,
      ],
    );
  });
}

Deno.test("parseServersState: columns are found by their names", () => {
  const answer = "1\n# srv_port srv_name new srv_admin_state srv_addr\n80 s x 0 10.0.0.1\n";
  assert.deepEqual(parseServersState(answer), [{
    name: "s",
    address: "10.0.0.1",
    port: 80,
    inMaintenance: false,
  }]);
});

Deno.test("parseServersState: a backend without servers", () => {
  assert.deepEqual(parseServersState(`1\n${columns}\n`), []);
});

const others = [
  "",
  "Can't find backend.",
  "Permission denied",
  `2\n${columns}\n${row(0)}`,
  `1\n${columns.replace("srv_port ", "")}\n`,
  "1\n",
  columns,
];
for (const answer of others) {
  Deno.test(`parseServersState: something else: ${JSON.stringify(answer.slice(0, 40))}`, () => {
    assert.equal(parseServersState(answer), undefined);
  });
}
