import assert from "node:assert/strict";
import { dirname } from "node:path";
import type { Library } from "../../../tools/rootfs/linkage.ts";
import { imagePaths, planRootfs } from "../../../tools/rootfs/planRootfs.ts";

const loader = "/lib64/ld.so";
const libc = { name: "libc.so.6", path: "/lib/some-gnu/libc.so.6" };

function plan(
  ours: { libraries?: Library[]; missing?: string[] } = {},
  theirs: { libraries?: Library[] } = {},
) {
  const linkage = (given: object) => ({ loader, libraries: [libc], missing: [], ...given });
  return planRootfs({
    marathonLb: { path: "/build/marathon-lb", linkage: linkage(ours) },
    haproxy: { path: "/opt/haproxy", linkage: linkage(theirs) },
    caBundle: "/somewhere/bundle.crt",
  });
}

Deno.test("the image has both programs, the loader, the authorities, users and places to write to", () => {
  const at = new Map(plan().map((entry) => [entry.path, entry]));
  const copies = plan().flatMap((entry) =>
    entry.kind === "copy" ? [[entry.path, entry.from, entry.mode]] : []
  );
  assert.deepEqual(
    copies.sort(),
    [
      [imagePaths.caBundle, "/somewhere/bundle.crt", 0o644],
      [imagePaths.haproxy, "/opt/haproxy", 0o755],
      [imagePaths.marathonLb, "/build/marathon-lb", 0o755],
      ["/lib/some-gnu/libc.so.6", libc.path, 0o755],
      [loader, loader, 0o755],
    ].sort(),
  );
  for (const path of ["/etc/ssl", "/marathon-lb", "/run/haproxy", "/var/state/haproxy"]) {
    assert.deepEqual(at.get(path), {
      kind: "directory",
      path,
      mode: 0o1777,
      part: "users and directories",
    });
  }
  assert.ok(at.has("/etc/passwd") && at.has("/etc/group"));
});

Deno.test("every name stands once, after the directory it is in", () => {
  const seen = new Set(["/"]);
  for (const { path } of plan()) {
    assert.ok(seen.has(dirname(path)), path);
    assert.ok(!seen.has(path), path);
    seen.add(path);
  }
});

Deno.test("libraries from anywhere are where the loader looks: beside the C library", () => {
  const own = { name: "libown.so.1", path: "/usr/local/lib/libown.so.1.2.3" };
  const entry = plan({}, { libraries: [libc, own] }).find(({ path }) => path.endsWith("libown.so.1"));
  assert.deepEqual(entry, {
    kind: "copy",
    path: "/lib/some-gnu/libown.so.1",
    from: own.path,
    mode: 0o755,
    part: "shared libraries",
  });
});

Deno.test("from the tree of another release, files get the places that they have on a machine of that release", () => {
  const library = (name: string) => ({ name, path: `/cache/tree/usr/lib/some-gnu/${name}` });
  const linkage = {
    loader,
    loaderFile: "/cache/tree/usr/lib64/ld.so",
    libraries: [library("libc.so.6"), library("libssl.so.3")],
    missing: [],
  };
  const entries = planRootfs({
    marathonLb: { path: "/build/marathon-lb", linkage },
    haproxy: { path: "/cache/tree/usr/sbin/haproxy", linkage },
    caBundle: "/somewhere/bundle.crt",
    tree: "/cache/tree",
  });
  const copies = entries.flatMap((entry) => entry.kind === "copy" ? [[entry.path, entry.from]] : []);
  assert.deepEqual(copies, [
    [imagePaths.caBundle, "/somewhere/bundle.crt"],
    ["/lib/some-gnu/libc.so.6", "/cache/tree/usr/lib/some-gnu/libc.so.6"],
    ["/lib/some-gnu/libssl.so.3", "/cache/tree/usr/lib/some-gnu/libssl.so.3"],
    ["/lib64/ld.so", "/cache/tree/usr/lib64/ld.so"],
    [imagePaths.marathonLb, "/build/marathon-lb"],
    [imagePaths.haproxy, "/cache/tree/usr/sbin/haproxy"],
  ]);
});

Deno.test("a library that is missing, or is two files, is reported", () => {
  assert.throws(() => plan({ missing: ["liba.so", "libb.so"] }), {
    message: "/build/marathon-lb needs liba.so, libb.so, which are not found here: install them",
  });
  const [one, other] = ["/one", "/other"].map((path) => ({ name: "liba.so", path: `${path}/liba.so` }));
  assert.throws(() => plan({ libraries: [libc, one!] }, { libraries: [libc, other!] }), {
    message: "/lib/some-gnu/liba.so would have to be both /one/liba.so and /other/liba.so",
  });
});
