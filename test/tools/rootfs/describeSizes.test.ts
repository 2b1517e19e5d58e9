import assert from "node:assert/strict";
import { describeSizes } from "../../../tools/rootfs/describeSizes.ts";

Deno.test("sizes are told for each part and in all", () => {
  assert.deepEqual(describeSizes(new Map([["marathon-lb", 119_040_000], ["CA certificates", 219_597]])), [
    "  marathon-lb            119.0 MB",
    "  CA certificates          0.2 MB",
    "  in all                 119.3 MB",
  ]);
});
