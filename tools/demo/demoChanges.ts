/** Something the demo does to an app. */
export type DemoChange =
  | { readonly app: string; readonly instances: number }
  | { readonly app: string; readonly release: string };

/** What is done, one after the other, over and over. */
export const demoChanges: readonly DemoChange[] = [
  { app: "/web", instances: 4 },
  { app: "/shop/front", release: "blue" },
  { app: "/api", instances: 5 },
  { app: "/web", instances: 1 },
  { app: "/echo", release: "blue" },
  { app: "/shop/cart", instances: 3 },
  { app: "/api", instances: 2 },
  { app: "/shop/front", release: "green" },
  { app: "/web", instances: 2 },
  { app: "/shop/cart", instances: 1 },
  { app: "/echo", release: "green" },
];

/** Such as `/web: scaling 2 -> 4`. `running`: how many tasks the app has. */
export function describeChange(change: DemoChange, running: number): string {
  return "instances" in change
    ? `${change.app}: scaling ${running} -> ${change.instances}`
    : `${change.app}: deploying the release ${change.release}`;
}

/** The members of the app's definition that change. */
export function membersOf(change: DemoChange): Record<string, unknown> {
  return "instances" in change ? { instances: change.instances } : { env: { RELEASE: change.release } };
}
